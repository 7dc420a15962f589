/** What is used of autocannon, which brings no types. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events'

  interface Options {
    url: string
    method: string
    headers: Record<string, string>
    body?: string
    connections: number
    /** Seconds. */
    duration?: number
    /** Requests, instead of a duration. */
    amount?: number
    /** Milliseconds between samples of the rate. */
    sampleInt: number
  }

  interface Result {
    errors: number
    timeouts: number
  }

  interface Events {
    /** The last is how long the answer took, in milliseconds. */
    response: [client: unknown, status: number, bytes: number, tookMs: number]
  }

  export default function autocannon(options: Options): EventEmitter<Events> & Promise<Result>
}
