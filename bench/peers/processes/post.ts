import { Agent, type Dispatcher } from 'undici'

/** How long one answer may take; a side that needs longer has failed. */
const ANSWER_MAX_MS = 30_000
const HEADERS = { 'content-type': 'application/json' }

export interface Answer {
  status: number
  text: string
}

/** Posts JSON text, on at most so many connections to one origin and with one request at a time on each. */
export type Post = (url: URL, body: string) => Promise<Answer>

/** The leanest way that undici has, so that no side is bound by its client. */
export function poster(connections: number): Post {
  const agent = new Agent({
    connections,
    pipelining: 1,
    headersTimeout: ANSWER_MAX_MS,
    bodyTimeout: ANSWER_MAX_MS,
  })
  return ({ origin, pathname }, body) =>
    new Promise((resolve, reject) => {
      const request = { origin, path: pathname, method: 'POST', headers: HEADERS, body } as const
      agent.dispatch(request, new Exchange(resolve, reject))
    })
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: Error) => void
  readonly #chunks: Buffer[] = []
  #status = 0

  constructor(resolve: (answer: Answer) => void, reject: (error: Error) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  /** By this undici knows a handler of its present kind. */
  onRequestStart(): void {}

  onResponseStart(_controller: unknown, status: number): void {
    this.#status = status
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#resolve({ status: this.#status, text: Buffer.concat(this.#chunks).toString() })
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#reject(error)
  }
}
