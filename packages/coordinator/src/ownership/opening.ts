import { AssentError, isAssentError } from '@assent/contract'
import { type Cancel, type Clock, type Observer, type Store, StoreUnavailable } from '@assent/engine'
import { Backoff } from '../system/backoff.ts'

/** How long to wait before a store that is away is asked again; doubles up to the cap. */
const RETRY_FIRST_MS = 100
const RETRY_MAX_MS = 1_000

/** The way of a coordinator from a closed store to work: its store opens, then it begins. */
export class Opening {
  private readonly store: Store
  private readonly clock: Clock
  private readonly observer: Observer
  private readonly backoff = new Backoff(RETRY_FIRST_MS, RETRY_MAX_MS)
  private reason: string | undefined = 'it was not opened yet'
  private isStoreOpen = false
  private isStopped = false
  private onRefused: (error: Error) => void = () => {}
  private attempt: Promise<void> = Promise.resolve()
  private cancelRetry: Cancel = () => {}

  constructor(store: Store, clock: Clock, observer: Observer) {
    this.store = store
    this.clock = clock
    this.observer = observer
  }

  /** Why nothing can be asked of the store yet; undefined once it is open and work has begun. */
  get obstacle(): string | undefined {
    return this.reason
  }

  /**
   * `begin` follows once the store is open; it may fail like the store, and is called again then. Throws what the
   * store throws, and STORE_UNAVAILABLE where it can't be reached; with `waitForStore` that is tried again in the
   * background until it succeeds, and `onRefused` is told of whatever else it throws then.
   */
  async open(
    begin: () => Promise<void>,
    waitForStore: boolean,
    onRefused: (error: Error) => void = () => {},
  ): Promise<void> {
    this.onRefused = onRefused
    try {
      await this.tryOnce(begin)
    } catch (error) {
      if (waitForStore && this.isAway(error)) {
        this.retryLater(begin, error)
        return
      }
      const thrown = this.isAway(error) ? storeAway(error) : error
      await this.close()
      throw thrown
    }
  }

  /** No attempt begins any more, and none is under way when it resolves. */
  async stop(): Promise<void> {
    this.isStopped = true
    this.cancelRetry()
    await this.attempt.catch(() => {})
  }

  /** Closes the store, if it is open. */
  async close(): Promise<void> {
    const { isStoreOpen } = this
    this.isStoreOpen = false
    if (isStoreOpen) await this.store.close()
  }

  private tryOnce(begin: () => Promise<void>): Promise<void> {
    this.attempt = this.openAndBegin(begin)
    return this.attempt
  }

  private async openAndBegin(begin: () => Promise<void>): Promise<void> {
    if (!this.isStoreOpen) await this.store.open()
    this.isStoreOpen = true
    if (this.isStopped) return
    await begin()
    this.reason = undefined
  }

  /** Whatever fails now may be mended by someone while this process waits, so that it never gives up. */
  private retryLater(begin: () => Promise<void>, error: unknown): void {
    this.reason = error instanceof Error ? error.message : String(error)
    this.observer.observe({ kind: 'store-failed', what: 'open', certain: true, error: String(error) })
    if (this.isStopped) return
    if (!this.isAway(error)) this.onRefused(error as Error)
    this.cancelRetry = this.clock.after(this.backoff.next(), () => {
      this.tryOnce(begin).catch((again) => this.retryLater(begin, again))
    })
  }

  /** Whether the store may be there a little later: it said so, or broke off amid the first questions. */
  private isAway(error: unknown): boolean {
    if (isAssentError(error)) return error.code === 'STORE_UNAVAILABLE'
    return error instanceof StoreUnavailable || this.isStoreOpen
  }
}

function storeAway(cause: unknown): AssentError {
  if (isAssentError(cause)) return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  return new AssentError('STORE_UNAVAILABLE', `the store can not be reached: ${why}`, undefined, { cause })
}
