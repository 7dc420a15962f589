import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { end, launch } from './launch.ts'

/** What is sent: one request over and over, on so many connections at once. */
export interface Load {
  /** Of several, each gets its share of the connections. */
  url: string | readonly string[]
  /** JSON text; absent: a GET. */
  body?: string
  connections: number
  seconds: number
  /** Instead of so long, so many requests. */
  amount?: number
  /** The only status that is no failure. */
  status: number
}

export interface Seen {
  /** All answers, those of the first moments included, which the other figures leave out. */
  answers: number
  /** Answers with another status, lost connections, timeouts. */
  failures: number
  /** Answers per second. */
  rate: number
  p50Ms: number
  p99Ms: number
}

export interface LoadProcess extends AsyncDisposable {
  pid: number
  /** Throws when anything failed: a rate of refusals says nothing. */
  run(load: Load): Promise<Seen>
}

export async function startLoad(): Promise<LoadProcess> {
  const { child } = await launch('load-process.ts')
  return {
    pid: child.pid ?? 0,
    async run(load) {
      const seen = await seenBy(child, load)
      if (seen.failures > 0)
        throw new Error(`${seen.failures} of ${seen.answers} answers from ${load.url} failed`)
      return seen
    },
    [Symbol.asyncDispose]: () => end(child),
  }
}

/** Has a load's process run it, and answers what that saw. Throws what went wrong there. */
export async function seenBy(child: ChildProcess, load: Load): Promise<Seen> {
  child.send(load)
  const [{ seen, failed }] = (await once(child, 'message')) as [{ seen?: Seen; failed?: string }]
  if (seen === undefined) throw new Error(`the load process failed: ${failed}`)
  return seen
}
