import type { Random } from '../../time/random.ts'

export type StoreFate = 'answered' | 'unavailable' | 'request-lost' | 'answer-lost' | 'cut' | 'late'

/** The longest that anything is under way: calls come after their undo, and writes after their read-back. */
export const UNDER_WAY_MAX_MS = 9_000

/** How bad each kind of trouble is, 0 to 1; every seed draws its own mixture, so that corners are not averaged away. */
export interface Climate {
  /** Calls and requests that get lost, repeated, delayed. */
  network: number
  /** Delays far beyond any timeout. */
  lateness: number
  /** Store answers that are lost, refused, cut or late. */
  store: number
  /** Participants that answer 5xx, go on with it, or crash amid a call. */
  participants: number
  /** Coordinators that crash, stop and pause. */
  coordinators: number
  /** Store crashes. */
  storeCrashes: number
  /** Stores that lose their last writes, as only one that was configured weakly may. */
  weakness: number
  /** Wall clocks that jump. */
  clocks: number
  /** Clients that do what they should not, or go away. */
  clients: number
  /** Message brokers that go away, move partitions about and forget what was committed. */
  queue: number
}

const INTENSITIES = [0, 0.15, 0.4, 1] as const

export function drawClimate(random: Random): Climate {
  const intensity = (): number => random.pick(INTENSITIES)
  return {
    network: intensity(),
    lateness: intensity(),
    store: intensity(),
    participants: intensity(),
    coordinators: intensity(),
    storeCrashes: intensity(),
    weakness: random.chance(0.15) ? random.pick([0.4, 1]) : 0,
    clocks: intensity(),
    clients: intensity(),
    queue: intensity(),
  }
}

export interface StoreExchange {
  fate: StoreFate
  thereMs: number
  backMs: number
  /** How much later than its sender was told a late request lands. */
  lateMs: number
  /** Of a batch, what is written before the connection breaks. */
  share: number
}

export interface Passage {
  isLost: boolean
  delayMs: number
  /** After how long the same message comes once more; undefined: it doesn't. */
  repeatMs: number | undefined
}

/** Draws what becomes of each message, until it is calm. */
export class Weather {
  readonly climate: Climate
  isCalm = false
  private readonly random: Random

  constructor(climate: Climate, random: Random) {
    this.climate = climate
    this.random = random
  }

  /** Whether trouble of this kind strikes now, given how often it would at its worst. */
  strikes(kind: keyof Climate, atWorst: number): boolean {
    return !this.isCalm && this.random.chance(this.climate[kind] * atWorst)
  }

  storeExchange(): StoreExchange {
    const { random } = this
    const thereMs = random.between(0.1, 2)
    const backMs = random.between(0.1, 2)
    // A write that lands late on a row that was set back meanwhile would be one fault too many.
    const late = this.climate.weakness > 0 ? 0 : 2
    if (!this.strikes('store', 0.12)) return { fate: 'answered', thereMs, backMs, lateMs: 0, share: 0 }
    const fate = random.weighted<StoreFate>({
      answered: 3,
      unavailable: 2,
      'request-lost': 2,
      'answer-lost': 3,
      cut: 2,
      late,
    })
    const isSlow = random.chance(0.3)
    return {
      fate,
      thereMs: isSlow ? random.between(10, 1_500) : thereMs,
      backMs: random.chance(0.3) ? random.between(10, 1_500) : backMs,
      lateMs: random.chance(0.5) ? random.between(1, 100) : random.between(100, 4_000),
      share: random.next(),
    }
  }

  /** One way of a call or a request between two processes. */
  passage(): Passage {
    const { random } = this
    const isLate = this.strikes('lateness', 0.08)
    return {
      isLost: this.strikes('network', 0.1),
      delayMs: isLate
        ? random.between(300, UNDER_WAY_MAX_MS)
        : random.between(0.2, this.strikes('network', 0.3) ? 120 : 8),
      repeatMs: this.strikes('network', 0.1)
        ? random.between(1, random.chance(0.5) ? 200 : UNDER_WAY_MAX_MS)
        : undefined,
    }
  }
}
