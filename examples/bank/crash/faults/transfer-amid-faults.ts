import { carryOut } from '../clients/course.ts'
import { drawTransfer } from '../clients/draw-transfer.ts'
import { readOn } from '../clients/reader.ts'
import { newRecord, type TransferRecord } from '../clients/record.ts'
import type { Surroundings } from '../clients/surroundings.ts'
import type { Processes } from '../processes/processes.ts'
import type { CrashSettings } from '../settings.ts'
import { FAULT_KINDS, type Struck, type Victim } from './kinds.ts'
import { type Strike, strikeAgainAndAgain } from './strikes.ts'

/** A life and an end of whatever is struck, on a machine that has other things to do. */
export const STRIKE_MAX_MS = 6_000

/** Resolves when enough faults have struck, and every client has ended. */
export async function transferAmidFaults(
  processes: Processes,
  around: Surroundings,
  settings: CrashSettings,
): Promise<{ records: TransferRecord[]; strikes: Strike[] }> {
  const records: TransferRecord[] = []
  const strikes: Strike[] = []
  const deadline = performance.now() + settings.strikes * STRIKE_MAX_MS
  let haveStrikersEnded = false
  const isOver = (): boolean =>
    haveStrikersEnded ||
    performance.now() > deadline ||
    strikes.filter(({ amidWork }) => amidWork).length >= settings.strikes
  const transferOn = async (): Promise<void> => {
    while (!isOver()) {
      const record = newRecord(drawTransfer(settings.seed, records.length))
      records.push(record)
      await carryOut(record, around)
    }
  }
  const readers = processes.coordinators.map((each) => readOn(each, around.sightings, isOver))
  const clients = Array.from({ length: settings.transfersAtOnce }, transferOn)
  const strikers = strikeAll(processes, around, settings, isOver, strikes)
  await Promise.all(strikers).catch(() => {})
  haveStrikersEnded = true
  // Whoever ends what is left must not meet a striker that starts it again, nor one that has failed be forgotten.
  await Promise.allSettled(strikers)
  await Promise.all([...strikers, ...clients, ...readers])
  return { records, strikes }
}

/** One for each victim that this run's faults strike. */
function strikeAll(
  { coordinators, banks, database }: Processes,
  { traffic, coordinators: urls }: Surroundings,
  { faults, seed }: CrashSettings,
  isOver: () => boolean,
  strikes: Strike[],
): Promise<void>[] {
  const workAt = (at: readonly string[]) => ({
    underWay: () => traffic.underWayAt(at),
    acknowledged: () => traffic.acknowledgedBy(at),
  })
  const victims: [victim: Victim, kind: Struck, at: readonly string[]][] = [
    ...coordinators.map((victim): [Victim, Struck, string[]] => [victim, 'coordinators', [victim.url]]),
    ...banks.all.map(({ process }): [Victim, Struck, readonly string[]] => [process, 'banks', urls]),
  ]
  if (database !== undefined) victims.push([database, 'database', urls])
  return victims.map(([victim, kind, at], index) =>
    strikeAgainAndAgain(victim, {
      seed: seed * 10 + index,
      faults: faults.filter((name) => FAULT_KINDS[name].strikes === kind),
      work: workAt(at),
      isOver,
      struck: (strike) => strikes.push(strike),
    }),
  )
}
