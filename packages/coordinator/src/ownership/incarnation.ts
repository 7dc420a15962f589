import type { Cancel, Clock, Identity, Observer, Store } from '@assent/engine'
import { Lease } from './lease.ts'
import type { StoreTime } from './store-time.ts'

/** Heartbeats in a lease, so that one that is lost doesn't end it. */
const BEATS_PER_LEASE = 4
/** How long to rest at most before a store that failed is asked again, so that a short absence costs no lease. */
const RETRY_MAX_MS = 1_000

/**
 * One life of this coordinator. It is entered in the store and kept up by heartbeats; when one is missed for
 * too long it stops itself, and a new incarnation begins: an expired one is never revived.
 */
export class Incarnation {
  private readonly store: Store
  private readonly clock: Clock
  private readonly identity: Identity
  private readonly observer: Observer
  private readonly time: StoreTime
  private readonly leaseMs: number
  private readonly lease: Lease
  private readonly onLost: () => void
  private cancelBeat: Cancel = () => {}
  private stopped = false
  private current = ''
  private writes = 0

  constructor(parts: {
    store: Store
    clock: Clock
    identity: Identity
    observer: Observer
    time: StoreTime
    leaseMs: number
    /** Called once for each incarnation that ends by itself, before the next one begins. */
    onLost: () => void
  }) {
    this.store = parts.store
    this.clock = parts.clock
    this.identity = parts.identity
    this.observer = parts.observer
    this.time = parts.time
    this.leaseMs = parts.leaseMs
    this.onLost = parts.onLost
    this.lease = new Lease(parts.clock, parts.leaseMs)
  }

  get id(): string {
    return this.current
  }

  /** A name for one write; no other write ever has it. */
  newWriteId(): string {
    this.writes += 1
    return `${this.current}.${this.writes.toString(36)}`
  }

  /** Whether a call may start or a write be sent now. Finding that it may not ends this incarnation. */
  isAlive(): boolean {
    if (this.lease.isHeld()) return true
    if (this.current !== '' && !this.stopped) this.end()
    return false
  }

  async begin(): Promise<void> {
    await this.register('start')
    this.scheduleBeat()
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.cancelBeat()
    this.lease.lose()
    if (this.current === '') return
    try {
      await this.store.retire(this.current)
    } catch (error) {
      // Others wait for the lease instead.
      this.observer.observe({ kind: 'store-failed', what: 'retire', certain: false, error: String(error) })
    }
  }

  /** Ends this incarnation and begins the next as soon as the store answers. */
  end(): void {
    const ended = this.current
    if (ended === '' || this.stopped) return
    this.current = ''
    this.lease.lose()
    this.onLost()
    this.cancelBeat()
    this.clock.soon(() => void this.beginAgain(ended))
  }

  private async beginAgain(ended: string): Promise<void> {
    if (this.stopped) return
    try {
      // Nothing of it runs any more, so whoever is first may take over at once.
      await this.store.retire(ended)
      await this.register('lease-lost')
      this.scheduleBeat()
    } catch (error) {
      this.observer.observe({ kind: 'store-failed', what: 'register', certain: false, error: String(error) })
      this.cancelBeat = this.clock.after(this.retryMs, () => void this.beginAgain(ended))
    }
  }

  private async register(reason: 'start' | 'lease-lost'): Promise<void> {
    const id = this.identity.newIncarnation()
    const sent = this.lease.mark()
    const { now } = await this.store.register(id, this.leaseMs)
    this.time.learn(now, sent.monotonic)
    this.lease.renew(sent)
    this.current = id
    this.writes = 0
    this.observer.observe({ kind: 'incarnation', incarnation: id, reason })
  }

  private get beatMs(): number {
    return this.leaseMs / BEATS_PER_LEASE
  }

  private get retryMs(): number {
    return Math.min(this.beatMs, RETRY_MAX_MS)
  }

  private scheduleBeat(delayMs = this.beatMs): void {
    if (this.stopped) return
    this.cancelBeat = this.clock.after(delayMs, () => void this.beat())
  }

  private async beat(): Promise<void> {
    const id = this.current
    if (id === '' || this.stopped || !this.isAlive()) return
    const sent = this.lease.mark()
    try {
      const { alive, now } = await this.store.heartbeat(id, this.leaseMs)
      if (id !== this.current || this.stopped) return
      this.time.learn(now, sent.monotonic)
      if (!alive) {
        this.end()
        return
      }
      this.lease.renew(sent)
      this.scheduleBeat()
    } catch (error) {
      this.observer.observe({ kind: 'store-failed', what: 'heartbeat', certain: false, error: String(error) })
      if (id === this.current && !this.stopped) this.scheduleBeat(this.retryMs)
    }
  }
}
