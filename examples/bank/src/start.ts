import { mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { askCoordinator, type Barrier, sqliteBarrier, sweep } from 'assent/participant'
import { Bank } from './bank.ts'
import { withFaults } from './faults.ts'
import { listenNear } from './listen.ts'
import { openDatabase } from './schema.ts'
import { bankService } from './service.ts'
import type { BankName, Settings } from './settings.ts'

const HOUR_MS = 3_600_000
/** How long calls in flight may take to end when the bank is stopped. */
const STOP_MAX_MS = 5_000

/** What the first transfers of the README need: somebody to pay, and somebody who can't be paid. */
const DEMO_ACCOUNTS: Readonly<Record<BankName, readonly { id: string; cents: number; closed?: true }[]>> = {
  north: [
    { id: 'alice', cents: 100_00 },
    { id: 'carol', cents: 20_00 },
  ],
  south: [
    { id: 'bob', cents: 50_00 },
    { id: 'dave', cents: 0, closed: true },
  ],
}

export interface RunningBank {
  name: BankName
  url: string
  file: string
  /** The port that was asked for and is someone else's; undefined when the bank got it. */
  takenPort: number | undefined
  /** Lets calls in flight end, then closes everything. */
  stop(): Promise<void>
}

/** Starts one bank in this process. */
export async function startBank(settings: Settings): Promise<RunningBank> {
  const { name, host, port, file } = settings
  mkdirSync(dirname(file), { recursive: true })
  const database = openDatabase(file, settings.synchronous)
  const barrier = sqliteBarrier(database)
  if (settings.demoAccounts) await openDemoAccounts(name, database, barrier)
  const server = createServer(bankService(name, database, withFaults(barrier, settings.faults)))
  const listening = await listenNear(server, host, port)
  const sweeping = settings.coordinator ? sweepEveryHour(name, barrier, settings.coordinator) : undefined
  return {
    name,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listening}`,
    file,
    takenPort: port === 0 || port === listening ? undefined : port,
    stop: async () => {
      clearInterval(sweeping)
      await closeServer(server)
      database.close()
    },
  }
}

/** Only in a bank without any account, so that nobody's balance comes back. */
function openDemoAccounts(
  name: BankName,
  database: DatabaseSync,
  barrier: Barrier<DatabaseSync>,
): Promise<void> {
  return barrier.transaction(() => {
    const bank = new Bank(database)
    if (bank.accounts('', 1).length > 0) return
    for (const { id, cents, closed } of DEMO_ACCOUNTS[name]) {
      bank.open(id, cents)
      if (closed) bank.close(id)
    }
  })
}

/** Forgets the barrier's rows of transactions that have ended, as the coordinator says. */
function sweepEveryHour(name: BankName, barrier: Barrier<DatabaseSync>, coordinator: string) {
  const ended = askCoordinator(coordinator)
  const sweepOnce = async () => {
    try {
      await sweep(barrier, { ended })
    } catch (error) {
      console.error(`bank ${name} could not sweep, and will try again in an hour:`, error)
    }
  }
  return setInterval(() => void sweepOnce(), HOUR_MS).unref()
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const tooLong = new AbortController()
  await Promise.race([closed, sleep(STOP_MAX_MS, undefined, { signal: tooLong.signal }).catch(() => {})])
  tooLong.abort()
  server.closeAllConnections()
}
