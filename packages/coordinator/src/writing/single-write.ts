import { AssentError } from '@assent/contract'
import type { TransactionWrite, WriteAnswer } from '@assent/engine'
import type { Incarnation } from '../ownership/incarnation.ts'
import type { Writable, Writer } from './writer.ts'

/** How a write that stands for itself ended. */
export type SingleAnswer = Exclude<WriteAnswer, { outcome: 'invalid' }>

/** What a single write is made with. */
export interface SingleWriteHost {
  writer: Writer
  incarnation: Incarnation
}

/**
 * Makes one write durable as part of the next commit. Throws STORE_UNAVAILABLE when the store is away, and
 * INVALID_REQUEST for what it can't hold.
 *
 * `whenStored` is called once it is durable, before the promise resolves, and also where the promise was
 * rejected before: a write whose answer got lost may still land, with this incarnation as the owner, and must
 * be driven then. So it is sent again, whatever its caller was told, until the store has said what became of it.
 */
export function writeOnce(
  host: SingleWriteHost,
  write: TransactionWrite,
  whenStored: () => void = () => {},
): Promise<SingleAnswer> {
  const { writer, incarnation } = host
  const { id } = incarnation
  return new Promise((resolve, reject) => {
    let mayLand = false
    const single: Writable = {
      gid: write.gid,
      nextWrite: () => {
        // What an incarnation that has ended owns is claimed by whoever is next.
        if (incarnation.isAlive() && incarnation.id === id) return write
        reject(storeUnavailable(new Error('this coordinator lost its lease')))
        return undefined
      },
      written: (_write, answer) => {
        if (answer.outcome === 'stored') whenStored()
        if (answer.outcome !== 'invalid') resolve(answer)
        else {
          const problem = { path: '', problem: `can not be kept: ${answer.reason}` }
          reject(new AssentError('INVALID_REQUEST', `the request ${problem.problem}`, [problem]))
        }
      },
      unavailable: (_write, cause, isCertain) => {
        mayLand ||= !isCertain
        // Nobody waits for a store that is away; what was sent once is followed up all the same.
        if (isCertain) reject(storeUnavailable(cause))
        return mayLand
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
