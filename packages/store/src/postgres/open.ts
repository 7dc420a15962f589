import type { ConnectionOptions } from 'node:tls'
import { isAssentError } from '@assent/contract'
import { StoreUnavailable } from '@assent/engine'
import type { PoolClient } from 'pg'
import type { Connections } from '../connections.ts'
import { type Address, addressOf } from './address.ts'
import { Database } from './database.ts'
import { findSchema, migrate, newestMigration, type SchemaFound } from './migrate.ts'
import { storeInvalid } from './refusals.ts'
import { findServer, type Objection, objectionTo } from './server.ts'
import { isForbidden, isImpossible, isWrongAccess } from './sql-states.ts'
import { FAST_COMMIT, weaknessesOf, wordsFor } from './weaknesses.ts'
import { wordsOf } from './words.ts'

/** Of an identifier; PostgreSQL cuts longer ones. */
const SCHEMA_MAX_BYTES = 63

export interface Settings {
  url: string
  schema: string
  connections: Connections
  acceptedWeaknesses: readonly string[]
  tls: ConnectionOptions | undefined
}

export interface Opened {
  database: Database
  /** In words. */
  weaknesses: readonly string[]
}

/** Throws STORE_INVALID, and StoreUnavailable when the server can't be reached now. */
export async function openDatabase(settings: Settings): Promise<Opened> {
  const { url, tls, schema, connections, acceptedWeaknesses } = settings
  const address = addressOf(url, tls)
  const objection = objectionToName(schema)
  if (objection !== undefined) throw storeInvalid(address.where, ...objection)
  const isDurable = !acceptedWeaknesses.includes(FAST_COMMIT)
  const database = new Database({ address: address.config, schema, connections, isDurable })
  try {
    const weaknesses = await database.use((client) => prepare(client, address, settings))
    return { database, weaknesses: isDurable ? weaknesses : [...weaknesses, wordsFor(FAST_COMMIT)] }
  } catch (error) {
    await database.close()
    throw explained(error, address.where)
  }
}

/** Answers the server's weaknesses, in words. */
async function prepare(
  client: PoolClient,
  { where }: Address,
  { schema, acceptedWeaknesses }: Settings,
): Promise<string[]> {
  const server = await findServer(client)
  const found = await findSchema(client, schema)
  const objection = objectionTo(server, acceptedWeaknesses) ?? objectionToSchema(found, schema)
  if (objection !== undefined) throw storeInvalid(where, ...objection)
  if (found.done < newestMigration()) await migrateAs(client, where, schema)
  return weaknessesOf(server).map(wordsFor)
}

function objectionToName(schema: string): Objection | undefined {
  const bytes = Buffer.byteLength(schema)
  if (bytes > 0 && bytes <= SCHEMA_MAX_BYTES && !schema.includes('\0') && schema.isWellFormed())
    return undefined
  return [
    `${JSON.stringify(schema)} is no name for a schema`,
    `name one of at most ${SCHEMA_MAX_BYTES} bytes`,
  ]
}

function objectionToSchema({ foreign, forbidden, done }: SchemaFound, schema: string): Objection | undefined {
  const [first] = foreign
  if (first !== undefined) {
    return [`the schema ${schema} belongs to another program, whose ${first} is in it`, 'name another schema']
  }
  if (forbidden.length > 0) {
    return [
      `this account may not read and write ${forbidden.join(', ')} in the schema ${schema}`,
      'let the account that made the schema be used, or grant this one all rights on the schema and its tables',
    ]
  }
  const newest = newestMigration()
  if (done <= newest) return undefined
  return [
    `the schema ${schema} is number ${done} and this version knows ${newest}`,
    'run the version that wrote it, or a newer one',
  ]
}

async function migrateAs(client: PoolClient, where: string, schema: string): Promise<void> {
  try {
    await migrate(client, schema)
  } catch (error) {
    if (!isForbidden(error)) throw error
    throw storeInvalid(
      where,
      wordsOf(error),
      `make the schema with CREATE SCHEMA "${schema}" AUTHORIZATION this account, or name an account that may make one`,
      error,
    )
  }
}

const UNTRUSTED = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_|ERR_TLS_)/

/** What waiting does not mend is STORE_INVALID; all else may be tried again. */
function explained(error: unknown, where: string): Error {
  if (isAssentError(error)) return error
  const cause = error instanceof StoreUnavailable ? (error.cause ?? error) : error
  const words = wordsOf(cause)
  const { code = '' } = cause as { code?: string }
  if (isWrongAccess(cause) || words.startsWith('SASL')) {
    return storeInvalid(where, words, 'correct the account, its password or the database in the URL', cause)
  }
  if (UNTRUSTED.test(code)) {
    return storeInvalid(where, words, 'name the certificates of those who may vouch for the server', cause)
  }
  if (words === 'The server does not support SSL connections') {
    return storeInvalid(where, words, 'switch TLS on at the server, or ask for none', cause)
  }
  if (isImpossible(cause)) {
    return storeInvalid(where, words, 'see that it is PostgreSQL 14 or a later version', cause)
  }
  return new StoreUnavailable(`${where}: ${words}`, { cause })
}
