import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ACCOUNTS, CLOSED_ACCOUNT, OPENING_CENTS } from './clients/draw-transfer.ts'
import { Traffic } from './clients/traffic.ts'
import { type Evidence, gatherEvidence, keptTransactions } from './evidence/evidence.ts'
import { Sightings } from './evidence/sightings.ts'
import type { Strike } from './faults/strikes.ts'
import { STRIKE_MAX_MS, transferAmidFaults } from './faults/transfer-amid-faults.ts'
import { prepareProcesses } from './processes/processes.ts'
import type { CrashSettings } from './settings.ts'

/** Getting ready before, and coming to rest after. */
const AROUND_MS = 180_000
const REST_POLL_MS = 100
const OPEN_STATUSES = ['PREPARED', 'SUBMITTED', 'COMMITTING', 'ABORTING'] as const

export interface CrashRun {
  settings: CrashSettings
  evidence: Evidence
  strikes: readonly Strike[]
  /** Ends of processes that nobody asked for. */
  ownEnds: readonly string[]
  /** Logs, the banks' databases and `evidence.json`, for whoever wants to know what happened. */
  folder: string
  /** Deletes them. */
  remove(): void
}

/** A run takes no longer, whatever goes wrong. */
export const runMaxMs = ({ strikes }: Pick<CrashSettings, 'strikes'>): number =>
  AROUND_MS + strikes * STRIKE_MAX_MS

/**
 * Transfers go on and on while faults strike, until enough of them have hit amid work. Then what they strike is killed
 * once more, all together, the banks become reliable, and whatever was accepted may come to its end.
 */
export async function crashRun(settings: CrashSettings): Promise<CrashRun> {
  const folder = mkdtempSync(join(tmpdir(), 'assent-crash-'))
  const processes = await prepareProcesses(folder, settings)
  const { coordinators, banks, own } = processes
  try {
    await Promise.all(own.map((each) => each.compile()))
    await processes.start()
    await openAccounts(Object.values(banks.urls))
    const around = {
      coordinators: coordinators.map(({ url }) => url),
      banks: banks.urls,
      traffic: new Traffic(),
      sightings: new Sightings(),
    }
    const { records, strikes } = await transferAmidFaults(processes, around, settings)
    banks.endFaults()
    await processes.startAgain()
    await untilAtRest(around.coordinators[0] ?? '', settings.restMs)
    const { sightings } = around
    const evidence = await gatherEvidence({ records, sightings, coordinators, banks: banks.all })
    const saved = { settings, strikes, ...evidence, sightings: Object.fromEntries(evidence.sightings) }
    writeFileSync(join(folder, 'evidence.json'), JSON.stringify(saved))
    return {
      settings,
      evidence,
      strikes,
      ownEnds: own.flatMap(({ ownEnds }) => ownEnds),
      folder,
      remove: () => rmSync(folder, { recursive: true }),
    }
  } catch (error) {
    throw new Error(`the run broke off; logs and databases are in ${folder}`, { cause: error })
  } finally {
    await processes.end()
  }
}

async function openAccounts(banks: readonly string[]): Promise<void> {
  for (const url of banks) {
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

/** Until nothing is open, or the time is over: what is open then is a finding. */
async function untilAtRest(coordinator: string, restMs: number): Promise<void> {
  const begunAt = performance.now()
  while (performance.now() - begunAt < restMs) {
    const open = OPEN_STATUSES.map((status) => keptTransactions(coordinator, `&status=${status}`))
    const all = await Promise.all(open).catch(() => undefined)
    if (all?.every(({ length }) => length === 0)) return
    await sleep(REST_POLL_MS)
  }
}
