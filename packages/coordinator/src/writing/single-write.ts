import { AssentError } from '@assent/contract'
import type { TransactionWrite, WriteAnswer } from '@assent/engine'
import type { Writable, Writer } from './writer.ts'

/** How a write that stands for itself ended. */
export type SingleAnswer = Exclude<WriteAnswer, { outcome: 'invalid' }>

/**
 * Makes one write durable as part of the next commit. Throws STORE_UNAVAILABLE when the store is away, and
 * INVALID_REQUEST for what it can't hold.
 */
export function writeOnce(writer: Writer, write: TransactionWrite): Promise<SingleAnswer> {
  return new Promise((resolve, reject) => {
    const single: Writable = {
      nextWrite: () => write,
      written: (_write, answer) => {
        if (answer.outcome !== 'invalid') resolve(answer)
        else {
          const problem = { path: '', problem: `can not be kept: ${answer.reason}` }
          reject(new AssentError('INVALID_REQUEST', `the request ${problem.problem}`, [problem]))
        }
      },
      unavailable: (_write, cause) => {
        reject(storeUnavailable(cause))
        return false
      },
    }
    writer.enqueue(single)
  })
}

export function storeUnavailable(cause: unknown): AssentError {
  return new AssentError(
    'STORE_UNAVAILABLE',
    'the store did not say that it kept this; repeat with the same gid',
    undefined,
    { cause },
  )
}
