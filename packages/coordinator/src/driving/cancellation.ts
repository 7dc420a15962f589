import type { CancelSignal } from '@assent/contract'

/** A signal that can be raised once; lighter than an AbortController, of which every call would need one. */
export class Cancellation implements CancelSignal {
  aborted = false
  private readonly listeners = new Set<() => void>()

  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.delete(listener)
  }

  raise(): void {
    if (this.aborted) return
    this.aborted = true
    for (const listener of this.listeners) listener()
    this.listeners.clear()
  }
}

/** The signal of a call that must finish. */
export const NEVER_RAISED: CancelSignal = {
  aborted: false,
  addEventListener: () => {},
  removeEventListener: () => {},
}
