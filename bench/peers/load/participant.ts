import { once } from 'node:events'
import { end, launch } from '../../processes/launch.ts'
import type { Tally } from './tally.ts'

export interface Participant extends AsyncDisposable {
  pid: number
  url: string
  /** What it was asked since this was called last. */
  tally(): Promise<Tally>
}

export async function startParticipant(): Promise<Participant> {
  const file = new URL('./participant-process.ts', import.meta.url)
  const { child, ready } = await launch<{ port: number }>(file)
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${ready.port}`,
    async tally() {
      child.send('tally')
      const [tally] = await once(child, 'message')
      return tally as Tally
    },
    [Symbol.asyncDispose]: () => end(child),
  }
}
