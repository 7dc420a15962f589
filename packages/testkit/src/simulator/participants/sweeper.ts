import { type SweepOptions, sweep } from '@assent/participant'
import { UNDER_WAY_MAX_MS } from '../chaos/weather.ts'
import type { Line } from '../clients/line.ts'
import type { Participant } from './participant.ts'

const SWEEP_INTERVAL_MS = 4_000
/** A repeat of a late message comes at most this late. */
const GRACE_MS = 3 * UNDER_WAY_MAX_MS
/** Longer than any simulated world lasts, as it is longer than any tombstone. */
const TOMBSTONE_LIFE_MS = 86_400_000

/** Sweeps a participant's barrier rows by what the coordinators say, again and again until `isOver`. */
export async function keepSwept(
  participant: Participant,
  line: Line,
  now: () => number,
  isOver: () => boolean,
): Promise<void> {
  const ended: SweepOptions['ended'] = async (gids) => {
    const told = await line.ask({ what: 'ended', request: { gids } }, 2_000)
    if (told?.kind !== 'ended') throw new Error('no coordinator said which have ended')
    return told.value
  }
  for (;;) {
    await line.sleep(SWEEP_INTERVAL_MS)
    if (isOver()) return
    // One that could not ask sweeps another time.
    await sweep(participant.rows, {
      ended,
      now,
      graceMs: GRACE_MS,
      tombstoneLifeMs: TOMBSTONE_LIFE_MS,
    }).catch(() => {})
  }
}

/** What a sweep must never do: it goes by age and asks nobody. */
export async function keepSweptByAge(
  participant: Participant,
  line: Line,
  now: () => number,
  isOver: () => boolean,
  ageMs: number,
): Promise<void> {
  while (!isOver()) {
    await line.sleep(ageMs)
    const pages = await participant.rows.page('', 1_000)
    const old = pages.filter((rows) => rows.touchedAt < now() - ageMs).map((rows) => rows.gid)
    await participant.rows.forget(old, now() - ageMs)
  }
}
