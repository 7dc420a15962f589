import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Loader } from '../../measure/rounds.ts'
import { end, launch } from '../../processes/launch.ts'
import type { Asked, Ran } from './messages.ts'
import type { Participant } from './participant.ts'
import { complaintsAbout } from './tally.ts'

/** How long after its time a run may go on: as long as the slowest answers. */
const LATE_MAX_SECONDS = 60

/** A side did not do what it was asked, so no figure of it is worth anything. */
export class SideFailed extends Error {
  readonly side: string

  constructor({ side, work }: Asked, complaints: readonly string[]) {
    super(`${side} failed at ${work.name}: ${complaints.join('; ')}`)
    this.side = side
  }
}

/** Unless every saga ended as it was to, and the participant saw exactly its calls, a run is an error. */
export async function startLoad(participant: Participant): Promise<Loader<Asked> & AsyncDisposable> {
  const { child } = await launch(new URL('./load-process.ts', import.meta.url))
  return {
    pid: child.pid ?? 0,
    async run(asked) {
      await participant.tally()
      child.send({ ...asked, prefix: randomUUID() })
      const signal = AbortSignal.timeout((asked.seconds + LATE_MAX_SECONDS) * 1_000)
      const [{ ran, failed }] = (await once(child, 'message', { signal })) as [{ ran?: Ran; failed?: string }]
      if (ran === undefined) throw new SideFailed(asked, [`the load process failed: ${failed}`])
      const complaints = complaintsAbout(asked.work, ran.answers, await participant.tally())
      if (ran.failures > 0) {
        complaints.unshift(`${ran.failures} of ${ran.answers} answers were wrong, first ${ran.firstWrong}`)
      }
      if (complaints.length > 0) throw new SideFailed(asked, complaints)
      return ran
    },
    [Symbol.asyncDispose]: () => end(child),
  }
}
