import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Participant {
  url: string
  /** Paths that were called, in the order of their calls. */
  calls: string[]
  /** What a path answers from now on, and after how long; 200 and `{}` at once where nothing was said. */
  answers(path: string, status: number, afterMs?: number, body?: object): void
  close(): void
}

/** A service whose answers a test decides. */
export async function startParticipant(): Promise<Participant> {
  const calls: string[] = []
  const said = new Map<string, { status: number; afterMs: number; body: object }>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    calls.push(path)
    const { status, afterMs, body } = said.get(path) ?? { status: 200, afterMs: 0, body: {} }
    request.resume()
    const answer = () =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    setTimeout(answer, afterMs)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    answers: (path, status, afterMs = 0, body = {}) => void said.set(path, { status, afterMs, body }),
    close: () => void server.close(),
  }
}
