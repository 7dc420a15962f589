/** One request over HTTP. */
export interface Request {
  method: 'GET' | 'POST'
  /** Behind the URL of the server. */
  path: string
  headers: Readonly<Record<string, string>>
  body?: string
  /** Until the whole answer is there; of an open one, until its headers are. */
  timeoutMs: number
}

/** A complete answer. */
export interface Answer {
  status: number
  /** By its lower-case name. */
  header(name: string): string | undefined
  text: string
}

/** An answer that is read as it comes. */
export interface OpenAnswer extends Omit<Answer, 'text'> {
  chunks: AsyncIterable<string>
  /** The rest of it at once. */
  text(): Promise<string>
  /** Reads no further. */
  cut(): void
}

/**
 * How requests reach the server. What it throws says why there is no whole answer, and nothing of what the server did.
 */
export interface Exchange {
  ask(request: Request): Promise<Answer>
  open(request: Request, signal: AbortSignal): Promise<OpenAnswer>
  /** Ends what is under way. */
  close(): void
}

/** Time was up. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut'
  constructor(timeoutMs: number) {
    super(`nothing within ${Math.ceil(timeoutMs)} ms`)
  }
}

/** More came than any answer has. */
export class TooLong extends Error {
  override readonly name = 'TooLong'
}
