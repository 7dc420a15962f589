/** One thread of `npm run simulate`: runs the seeds that it is handed, and sends back what they show. */
import { parentPort } from 'node:worker_threads'
import { simulate } from '../simulate.ts'
import { add, type Result, resultOf } from './result.ts'

// Errors are part of the business here, and nobody reads their stacks.
Error.stackTraceLimit = 0

parentPort?.on('message', ({ from, to }: { from: number; to: number }) => {
  void run(from, to).then((result) => parentPort?.postMessage(result))
})

async function run(from: number, to: number): Promise<Result> {
  const total = resultOf(await simulate(from))
  for (let seed = from + 1; seed < to; seed++) add(total, resultOf(await simulate(seed)))
  return total
}
