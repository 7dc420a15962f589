import type { ConnectionOptions } from 'node:tls'
import { isAssentError } from '@assent/contract'
import { StoreUnavailable } from '@assent/engine'
import type { Connections } from '../connections.ts'
import { withDriver } from '../driver.ts'
import { addressOf } from './address.ts'
import { Database } from './database.ts'
import { objectionToVersion } from './dialect.ts'
import { objectionToWeaknesses, weaknessesOf } from './durability.ts'
import { isForbidden, isUntrusted, isWrongAccess, wordsOf } from './error-codes.ts'
import { objectionTo } from './fitness.ts'
import { migrate } from './migrate.ts'
import { storeInvalid } from './refusals.ts'
import { tryRights } from './rights.ts'
import type { Session } from './session.ts'
import { readVariables } from './variables.ts'

export interface Settings {
  url: string
  connections: Connections
  acceptedWeaknesses: readonly string[]
  tls: ConnectionOptions | undefined
}

export interface Opened {
  database: Database
  /** Of the database. */
  name: string
  /** In words. */
  weaknesses: readonly string[]
}

/** Throws STORE_INVALID, and StoreUnavailable when the server can't be reached now. */
export async function openDatabase(settings: Settings): Promise<Opened> {
  const { url, tls, connections } = settings
  const address = addressOf(url, tls)
  const database = new Database(address, connections)
  try {
    await withDriver('mariadb', () => import('mariadb'))
    const weaknesses = await database.transaction((session) => inspect(session, address.where, settings))
    await migrate(database, address.where)
    await database.transaction(tryRights)
    return { database, name: address.database, weaknesses }
  } catch (error) {
    await database.close()
    throw explained(error, address.where)
  }
}

/** Answers the server's weaknesses, in words. */
async function inspect(
  session: Session,
  where: string,
  { acceptedWeaknesses }: Settings,
): Promise<readonly string[]> {
  const variables = await readVariables(session)
  const objection =
    objectionToVersion(session.connection.info) ??
    objectionTo(variables) ??
    objectionToWeaknesses(variables, acceptedWeaknesses)
  if (objection !== undefined) throw storeInvalid(where, ...objection)
  return weaknessesOf(variables)
}

/** What waiting does not mend is STORE_INVALID; all else may be tried again. */
function explained(error: unknown, where: string): Error {
  if (isAssentError(error)) return error
  const words = wordsOf(error)
  if (isWrongAccess(error)) {
    return storeInvalid(where, words, 'correct the account, its password or the database in the URL', error)
  }
  if (isForbidden(error)) {
    return storeInvalid(
      where,
      words,
      'grant the account SELECT, INSERT, UPDATE, DELETE and, for migrations, CREATE, ALTER and INDEX on the database',
      error,
    )
  }
  if (isUntrusted(error)) {
    return storeInvalid(where, words, 'name the certificates of those who may vouch for the server', error)
  }
  return new StoreUnavailable(`${where}: ${words}`, { cause: error })
}
