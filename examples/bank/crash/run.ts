import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { carryOut } from './course.ts'
import { ACCOUNTS, CLOSED_ACCOUNT, drawTransfer, OPENING_CENTS } from './draw-transfer.ts'
import { bankEvidence, type Evidence, keptTransactions } from './evidence.ts'
import type { KillableProcess } from './killable-process.ts'
import { killAgainAndAgain } from './kills.ts'
import { type Processes, prepareProcesses } from './processes.ts'
import { newRecord, type TransferRecord } from './record.ts'
import type { CrashSettings } from './settings.ts'

const REST_POLL_MS = 100
const OPEN_STATUSES = ['PREPARED', 'SUBMITTED', 'COMMITTING', 'ABORTING'] as const

export interface CrashRun {
  evidence: Evidence
  killsOf: Readonly<Record<string, number>>
  /** Ends of processes that nobody killed. */
  ownEnds: readonly string[]
  /** Databases and logs, for whoever wants to know what happened. */
  folder: string
  /** Deletes them. */
  remove(): void
}

/**
 * Transfers go on and on while all three processes are killed, until there were enough kills. Then all are killed
 * at once, the banks become reliable, and everything that was accepted may come to its end.
 */
export async function crashRun(settings: CrashSettings): Promise<CrashRun> {
  const folder = mkdtempSync(join(tmpdir(), 'assent-crash-'))
  const processes = await prepareProcesses(folder, settings)
  try {
    await Promise.all(processes.all.map((each) => each.compile()))
    await startAll(processes.all)
    await openAccounts(processes)
    const records = await transferAmidKills(processes, settings)
    processes.endFaults()
    await Promise.all(processes.all.map((each) => each.kill()))
    await startAll(processes.all)
    await untilAtRest(processes, settings.restMs)
    return {
      evidence: await gather(processes, records),
      killsOf: Object.fromEntries(processes.all.map(({ name, kills }) => [name, kills])),
      ownEnds: processes.all.flatMap(({ ownEnds }) => ownEnds),
      folder,
      remove: () => rmSync(folder, { recursive: true }),
    }
  } finally {
    await Promise.all(processes.all.map((each) => each.stop()))
  }
}

async function startAll(all: readonly KillableProcess[]): Promise<void> {
  for (const each of all) each.start()
  await Promise.all(all.map((each) => each.ready()))
}

async function openAccounts({ banks }: Processes): Promise<void> {
  for (const { url } of Object.values(banks)) {
    for (const id of [...ACCOUNTS, CLOSED_ACCOUNT]) {
      await mustPost(`${url}/accounts`, { id, cents: OPENING_CENTS })
    }
    await mustPost(`${url}/accounts/${CLOSED_ACCOUNT}/close`, {})
  }
}

async function mustPost(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url} was answered ${response.status}`)
}

/** Resolves when the last kill is done and every client has ended. */
async function transferAmidKills(processes: Processes, settings: CrashSettings): Promise<TransferRecord[]> {
  const { kills, seed, transfersAtOnce } = settings
  const records: TransferRecord[] = []
  let answered = 0
  let killsLeft = kills
  let isKilling = true
  const transferOn = async (): Promise<void> => {
    while (isKilling) {
      const record = newRecord(drawTransfer(seed, records.length))
      records.push(record)
      await carryOut(record, processes.addresses)
      answered += 1
    }
  }
  const mayKill = (): boolean => {
    killsLeft -= 1
    return killsLeft >= 0
  }
  const clients = Array.from({ length: transfersAtOnce }, transferOn)
  const killers = processes.all.map((each, index) =>
    killAgainAndAgain(each, { seed: seed * 10 + index, mayKill, answered: () => answered }),
  )
  await Promise.all(killers).finally(() => {
    isKilling = false
  })
  await Promise.all(clients)
  return records
}

/** Until nothing is open, or the time is over: what is open then is a finding. */
async function untilAtRest({ coordinator }: Processes, restMs: number): Promise<void> {
  const begunAt = performance.now()
  while (performance.now() - begunAt < restMs) {
    const open = OPEN_STATUSES.map((status) => keptTransactions(coordinator.url, `&status=${status}`))
    if ((await Promise.all(open)).every(({ length }) => length === 0)) return
    await sleep(REST_POLL_MS)
  }
}

async function gather({ coordinator, banks }: Processes, records: TransferRecord[]): Promise<Evidence> {
  return {
    records,
    kept: await keptTransactions(coordinator.url),
    banks: { north: await bankEvidence(banks.north.url), south: await bankEvidence(banks.south.url) },
  }
}
