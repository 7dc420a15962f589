import type { Route } from './rows.ts'

/** The pause after a send that failed; it doubles up to the longest. Milliseconds. */
export const PAUSE_FIRST_MS = 100
export const PAUSE_LONGEST_MS = 5_000
/** Routes that rest at the same time; further ones are tried at every round. */
export const PAUSES_MAX = 100

interface Pause {
  route: Route
  lengthMs: number
  untilMs: number
}

/** Which routes rest since their last send failed. `now` is milliseconds that never go back. */
export class Pauses {
  readonly #pauses = new Map<string, Pause>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** The routes that rest by now. */
  resting(): readonly Route[] {
    const now = this.#now()
    return [...this.#pauses.values()].filter(({ untilMs }) => untilMs > now).map(({ route }) => route)
  }

  failed(route: Route): void {
    const key = keyOf(route)
    const known = this.#pauses.get(key)
    if (known === undefined && this.#pauses.size >= PAUSES_MAX) return
    const lengthMs = known ? Math.min(known.lengthMs * 2, PAUSE_LONGEST_MS) : PAUSE_FIRST_MS
    // Relays that failed together must not come again together.
    const untilMs = this.#now() + lengthMs * (1 - Math.random() / 4)
    this.#pauses.set(key, { route, lengthMs, untilMs })
  }

  wentThrough(route: Route): void {
    this.#pauses.delete(keyOf(route))
  }

  /** Milliseconds to the end of the first pause; Infinity where nothing rests. */
  shortestMs(): number {
    const now = this.#now()
    const left = [...this.#pauses.values()].map(({ untilMs }) => untilMs - now).filter((ms) => ms > 0)
    return Math.min(...left)
  }
}

function keyOf({ eventType, topic }: Route): string {
  return `${topic ?? ''} ${eventType}`
}
