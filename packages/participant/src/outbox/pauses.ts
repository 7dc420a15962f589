import type { Route } from './rows.ts'

/** The pause after a send that failed; it doubles up to the longest. Milliseconds. */
export const PAUSE_FIRST_MS = 100
export const PAUSE_LONGEST_MS = 5_000
/** Topics that rest at the same time; further ones are tried at every round. */
export const PAUSES_MAX = 100
/** Routes to them that are left unread; events of others are read and then left. */
export const PAUSE_ROUTES_MAX = 100

interface Pause {
  /** By type and named topic; as far as they have been met. */
  routes: Map<string, Route>
  lengthMs: number
  untilMs: number
}

/**
 * Which topics rest since their last send failed: a whole topic does, whatever the types of its events, or one would
 * overtake another of its key. `now` is milliseconds that never go back.
 */
export class Pauses {
  readonly #pauses = new Map<string, Pause>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Those that rest at this moment. */
  resting(): ReadonlySet<string> {
    const now = this.#now()
    return new Set([...this.#pauses].filter(([, { untilMs }]) => untilMs > now).map(([topic]) => topic))
  }

  /** The routes that are known to lead to these. */
  routesTo(topics: ReadonlySet<string>): readonly Route[] {
    return [...topics]
      .flatMap((topic) => [...(this.#pauses.get(topic)?.routes.values() ?? [])])
      .slice(0, PAUSE_ROUTES_MAX)
  }

  failed(topic: string): void {
    const known = this.#pauses.get(topic)
    if (known === undefined && this.#pauses.size >= PAUSES_MAX) return
    const lengthMs = known ? Math.min(known.lengthMs * 2, PAUSE_LONGEST_MS) : PAUSE_FIRST_MS
    // Relays that failed together must not come again together.
    const untilMs = this.#now() + lengthMs * (1 - Math.random() / 4)
    this.#pauses.set(topic, { routes: known?.routes ?? new Map(), lengthMs, untilMs })
  }

  wentThrough(topic: string): void {
    this.#pauses.delete(topic)
  }

  /** Takes note of the ways that lead to a topic that rests. */
  met(topic: string, routes: readonly Route[]): void {
    const known = this.#pauses.get(topic)?.routes
    for (const { eventType, topic: named } of routes) {
      if (known === undefined || known.size >= PAUSE_ROUTES_MAX) return
      known.set(`${named ?? ''} ${eventType}`, { eventType, topic: named })
    }
  }

  /** Milliseconds to the end of the first pause; Infinity where nothing rests. */
  shortestMs(): number {
    const now = this.#now()
    const left = [...this.#pauses.values()].map(({ untilMs }) => untilMs - now).filter((ms) => ms > 0)
    return Math.min(...left)
  }
}
