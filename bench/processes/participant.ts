import { end, launch } from './launch.ts'

export interface Participant extends AsyncDisposable {
  pid: number
  /** Where it answers at once, refuses, answers when it is released, and says "call again in an hour". */
  done: string
  refused: string
  held: string
  later: string
  /** From now on, calls to `held` wait; at first they do. */
  hold(): void
  release(): void
}

export async function startParticipant(): Promise<Participant> {
  const { child, ready } = await launch<{ port: number }>('participant-process.ts')
  const origin = `http://127.0.0.1:${ready.port}`
  return {
    pid: child.pid ?? 0,
    done: `${origin}/done`,
    refused: `${origin}/refused`,
    held: `${origin}/held`,
    later: `${origin}/later`,
    hold: () => child.send('hold'),
    release: () => child.send('release'),
    [Symbol.asyncDispose]: () => end(child),
  }
}
