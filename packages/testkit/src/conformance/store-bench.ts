import type { Store } from '@assent/engine'

/** An open store with nothing in it, and what the suite needs around it. */
export interface StoreBench {
  store: Store
  /** Lets this much of the store's time pass: moves its clock, or waits. */
  advance(ms: number): Promise<void>
  /** A lease that outlasts a few calls and can be waited for, in milliseconds. */
  leaseMs: number
  /** Ends the store as its process would, and opens what it kept. Absent: nothing is kept. */
  reopen?(): Promise<Store>
  close(): Promise<void>
}

/** What the suite asks of a store. */
export interface StorePromise {
  title: string
  /** `open` makes another bench, for promises that need several; whoever opens one closes it. */
  hold(bench: StoreBench, open: () => Promise<StoreBench>): Promise<void>
}

/** A promise that a store can't keep or break, and why. */
export interface StoreExempt {
  title: string
  reason: string
}

/** One promise as a test runs it: `run` throws an AssertionError when it is broken. */
export interface StoreTest {
  title: string
  /** Why it does not apply; undefined when it does. */
  exempt: string | undefined
  run(): Promise<void>
}
