import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { storeInUse, storeInvalid } from './refusals.ts'
import { isBusy, isDamaged } from './result-codes.ts'

export interface Lock {
  release(): void
}

/**
 * Makes this process the only one that uses a data directory, until it ends however it ends: the lock is one of
 * the system's, on a file of its own so that tools may read the database meanwhile. SQLite takes it because it
 * also keeps two opens within one process apart.
 *
 * Throws STORE_IN_USE or STORE_INVALID.
 */
export function lockDirectory(directory: string): Lock {
  const path = join(directory, 'assent.lock')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    // Nothing is ever written, so there is nothing to roll back from a journal.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (cause) {
    database?.close()
    if (isBusy(cause)) throw storeInUse(directory, cause)
    const remedy = isDamaged(cause) ? 'it is no lock file, move it away' : 'see that it may be written'
    throw storeInvalid(path, cause, remedy)
  }
  const held = database
  return { release: () => held.close() }
}
