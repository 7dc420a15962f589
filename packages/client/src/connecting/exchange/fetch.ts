import { ANSWER_MAX_LENGTH } from '../limits.ts'
import { type Answer, type Exchange, type OpenAnswer, type Request, TimedOut, TooLong } from './exchange.ts'

/** What of `fetch` is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Speaks by a given `fetch`: for platforms without `node:http`, and for connections that need more than a URL. */
export function fetchExchange(url: URL, fetch: Fetch): Exchange {
  const closing = new AbortController()

  async function open(request: Request, signal: AbortSignal): Promise<OpenAnswer> {
    const { method, path, headers, body = null } = request
    const response = await fetch(`${url.origin}${path}`, {
      method,
      headers: { ...authorizationOf(url), ...headers },
      body,
      signal: AbortSignal.any([signal, closing.signal]),
      redirect: 'manual',
    })
    const chunks = textOf(response)
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      chunks,
      text: () => gather(chunks),
      cut: () => void response.body?.cancel().catch(() => {}),
    }
  }

  /** Gives up when so much time has passed without a result. */
  async function within<Value>(timeoutMs: number, run: (signal: AbortSignal) => Promise<Value>) {
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(new TimedOut(timeoutMs)), timeoutMs)
    return run(stop.signal).finally(() => clearTimeout(timer))
  }

  return {
    ask: (request): Promise<Answer> =>
      within(request.timeoutMs, async (signal) => {
        const answer = await open(request, signal)
        return { status: answer.status, header: answer.header, text: await answer.text() }
      }),
    open: (request, signal) =>
      within(request.timeoutMs, (timeUp) => open(request, AbortSignal.any([signal, timeUp]))),
    close: () => closing.abort(new Error('the connection was closed')),
  }
}

function authorizationOf({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  return { authorization: `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}` }
}

async function* textOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    yield decoder.decode(chunk, { stream: true })
  }
  yield decoder.decode()
}

async function gather(chunks: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) {
    text += chunk
    if (text.length > ANSWER_MAX_LENGTH)
      throw new TooLong(`an answer is longer than ${ANSWER_MAX_LENGTH} characters`)
  }
  return text
}
