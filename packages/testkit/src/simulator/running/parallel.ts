import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { noCounts } from '../situations/situations.ts'
import { add, type Result } from './result.ts'

/** Seeds that a thread is handed at once: enough to keep it busy, few enough to show progress. */
const SEEDS_AT_ONCE = 20

/** Runs the seeds from `first` up to but without `end` on all cores. `onProgress` gets the sum so far. */
export async function runSeeds(
  first: number,
  end: number,
  onProgress: (total: Result) => void,
): Promise<Result> {
  const total: Result = { seeds: 0, virtualMs: 0, counts: noCounts(), failures: [] }
  let next = first
  const handOut = (): { from: number; to: number } | undefined => {
    if (next >= end) return undefined
    const from = next
    next = Math.min(end, next + SEEDS_AT_ONCE)
    return { from, to: next }
  }
  const threads = Math.min(availableParallelism(), Math.ceil((end - first) / SEEDS_AT_ONCE))
  await Promise.all(
    Array.from({ length: threads }, () =>
      runThread(handOut, (result) => {
        add(total, result)
        onProgress(total)
      }),
    ),
  )
  total.failures.sort((left, right) => left.seed - right.seed)
  return total
}

function runThread(
  handOut: () => { from: number; to: number } | undefined,
  onResult: (result: Result) => void,
): Promise<void> {
  const worker = new Worker(new URL('./thread.ts', import.meta.url))
  return new Promise((resolve, reject) => {
    const proceed = (): void => {
      const seeds = handOut()
      if (seeds !== undefined) worker.postMessage(seeds)
      else worker.terminate().then(() => resolve(), reject)
    }
    worker.on('message', (result: Result) => {
      onResult(result)
      proceed()
    })
    worker.on('error', reject)
    proceed()
  })
}
