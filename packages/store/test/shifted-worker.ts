/** Runs the store's worker on a clock that the test moves, by what a stranger could use as well: `createWorker`. */
import { Worker, workerData } from 'node:worker_threads'

/** How far the clock of a worker is ahead of the machine's, in milliseconds; shared with the worker. */
export function shiftedClock(): { advance(ms: number): void; createWorker(): Worker } {
  const shift = new Float64Array(new SharedArrayBuffer(8))
  return {
    advance(ms) {
      shift[0] = (shift[0] ?? 0) + ms
    },
    createWorker: () => new Worker(new URL(import.meta.url), { workerData: { shift } }),
  }
}

if (workerData?.shift) {
  const { shift } = workerData as { shift: Float64Array }
  const machine = Date.now
  Date.now = () => Math.round(machine() + (shift[0] ?? 0))
  await import('../src/sqlite/worker.ts')
}
