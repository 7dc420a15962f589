import { ANSWER_MAX_LENGTH } from '../limits.ts'
import { type Answer, type Exchange, type OpenAnswer, type Request, TimedOut, TooLong } from './exchange.ts'

/** What of `fetch` is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Speaks by a given `fetch`: for platforms without `node:http`, and for connections that need more than a URL. */
export function fetchExchange(url: URL, fetch: Fetch): Exchange {
  return new FetchExchange(url, fetch)
}

class FetchExchange implements Exchange {
  readonly #url: URL
  readonly #fetch: Fetch
  /** Not AbortSignal.any: joined with a signal that lives as long as this, each request would leave something behind. */
  readonly #running = new Set<AbortController>()
  #closed = false

  constructor(url: URL, fetch: Fetch) {
    this.#url = url
    this.#fetch = fetch
  }

  async ask(request: Request): Promise<Answer> {
    const { stop, timer } = this.#begin(request.timeoutMs)
    try {
      const response = await this.#send(request, stop.signal)
      return { ...headOf(response), text: await gather(textOf(response)) }
    } finally {
      clearTimeout(timer)
      this.#running.delete(stop)
    }
  }

  async open(request: Request, signal: AbortSignal): Promise<OpenAnswer> {
    const { stop, timer } = this.#begin(request.timeoutMs)
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      this.#running.delete(stop)
      stop.abort(signal.reason)
    }
    signal.addEventListener('abort', end)
    try {
      const response = await this.#send(request, stop.signal)
      clearTimeout(timer)
      const chunks = textOf(response)
      return { ...headOf(response), chunks, text: () => gather(chunks).finally(end), cut: end }
    } catch (thrown) {
      end()
      throw thrown
    }
  }

  close(): void {
    this.#closed = true
    for (const stop of this.#running) stop.abort(new Error(CLOSED))
  }

  #begin(timeoutMs: number) {
    if (this.#closed) throw new Error(CLOSED)
    const stop = new AbortController()
    this.#running.add(stop)
    return { stop, timer: setTimeout(() => stop.abort(new TimedOut(timeoutMs)), timeoutMs) }
  }

  #send({ method, path, headers, body }: Request, signal: AbortSignal): Promise<Response> {
    const { origin } = this.#url
    const fetch = this.#fetch
    return fetch(`${origin}${path}`, {
      method,
      headers: { ...authorizationOf(this.#url), ...headers },
      body: body ?? null,
      signal,
      redirect: 'manual',
    })
  }
}

const CLOSED = 'the connection was closed'

function headOf(response: Response): Pick<Answer, 'status' | 'header'> {
  return { status: response.status, header: (name) => response.headers.get(name) ?? undefined }
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
