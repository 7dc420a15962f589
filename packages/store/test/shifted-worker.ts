/** Runs the store's worker on a clock that the test moves, by what a stranger could use as well: `createWorker`. */
import { Worker, workerData } from 'node:worker_threads'

/** How far the clock of a worker is ahead of the machine's, in milliseconds; shared with the worker. */
export function shiftedClock(): { advance(ms: number): void; createWorker(entry: URL): Worker } {
  const shift = new Float64Array(new SharedArrayBuffer(8))
  return {
    advance(ms) {
      shift[0] = (shift[0] ?? 0) + ms
    },
    createWorker: (entry) =>
      new Worker(new URL(import.meta.url), { workerData: { entry: entry.href, shift } }),
  }
}

if (workerData?.shift) {
  const { entry, shift } = workerData as { entry: string; shift: Float64Array }
  const machine = Date.now
  Date.now = () => Math.round(machine() + (shift[0] ?? 0))
  await import(entry)
}
