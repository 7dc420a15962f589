import type { ServerResponse } from 'node:http'
import { EVENT_READER_TIMEOUT_MS, HEARTBEAT_INTERVAL_MS } from '../limits.ts'

/** One reader of server-sent events. Tells when the reader is gone, whether it left or fell silent. */
export class EventStream {
  readonly #response: ServerResponse
  readonly #heartbeat: NodeJS.Timeout

  constructor(response: ServerResponse, gone: () => void) {
    this.#response = response
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Asks proxies that would gather an answer to hand it on as it comes.
      'x-accel-buffering': 'no',
    })
    response.flushHeaders()
    this.#heartbeat = setInterval(() => this.#write(': still here\n\n'), HEARTBEAT_INTERVAL_MS)
    this.#heartbeat.unref()
    response.once('close', () => {
      clearInterval(this.#heartbeat)
      gone()
    })
    response.on('error', () => this.cut())
  }

  /** Resolves when the reader can take more; `id` is what it resumes behind. */
  async send(id: string, data: unknown): Promise<void> {
    if (this.#write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`)) return
    await this.#drained()
  }

  /** Says that nothing more will come. */
  end(): void {
    if (this.#response.writable) this.#response.end('event: end\ndata: {}\n\n')
  }

  /** Ends without a word, so that the reader comes back to resume. */
  cut(): void {
    this.#response.destroy()
  }

  #write(text: string): boolean {
    return !this.#response.writable || this.#response.write(text)
  }

  /** A reader who takes nothing is let go, or its states would pile up here. */
  async #drained(): Promise<void> {
    const response = this.#response
    const patience = setTimeout(() => this.cut(), EVENT_READER_TIMEOUT_MS)
    await new Promise<void>((resolve) => {
      response.once('drain', resolve)
      response.once('close', resolve)
    })
    clearTimeout(patience)
  }
}
