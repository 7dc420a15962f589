import { interleaved, type Loader, type Measured } from '../measure/rounds.ts'
import { SideFailed } from './load/load.ts'
import type { Asked } from './load/messages.ts'
import type { Participant } from './load/participant.ts'
import type { Running } from './sides/running.ts'
import type { Work } from './works.ts'

/** How a work is measured. */
export interface Pace {
  /** Sagas at once. */
  connections: number
  rounds: number
  seconds: number
  warmSeconds: number
}

export interface Outcome {
  work: Work
  pace: Pace
  measured: readonly Measured[]
}

/**
 * All sides in turns. One that loses a saga, repeats a call or answers wrongly has no figures: what it did is told to
 * `failed`, and the others begin again without it.
 */
export async function measure(
  work: Work,
  pace: Pace,
  sides: readonly Running[],
  load: Loader<Asked>,
  participant: Participant,
  failed: (reason: string) => void,
): Promise<Outcome> {
  const asked = sides.map((side) => ({
    name: side.name,
    load: {
      side: side.name,
      work,
      ...side.ask(work, participant.url),
      connections: pace.connections,
      seconds: pace.seconds,
    },
    processes: { ...side.processes, participant: participant.pid },
  }))
  try {
    const measured = await interleaved(load, asked, pace.rounds, pace.warmSeconds)
    return { work, pace, measured }
  } catch (error) {
    if (!(error instanceof SideFailed)) throw error
    failed(error.message)
    const others = sides.filter(({ name }) => name !== error.side)
    return measure(work, pace, others, load, participant, failed)
  }
}
