import { AssentError, TRANSACTION_STATE_MAX_BYTES } from '@assent/contract'
import { StoreUnavailable } from '@assent/engine'
import { DEFAULT_CONNECTIONS } from '../connections.ts'
import { nameOf, type Target, targetOf } from './address.ts'
import { Database } from './database.ts'
import { whyTooOld } from './dialect.ts'
import { weaknessesOf } from './durability.ts'
import { isRefusedAccess, wordsOf } from './error-codes.ts'
import { migrate } from './migrate.ts'
import { storeInvalid, Unusable } from './refusals.ts'
import type { MysqlOptions } from './store.ts'
import { readVariables, type Variables } from './variables.ts'

/** The largest transaction, with room for its other columns, must fit into one packet. */
const PACKET_MIN_BYTES = TRANSACTION_STATE_MAX_BYTES + 1024 * 1024

export interface Opened {
  database: Database
  /** In words. */
  weaknesses: readonly string[]
}

/** Throws AssentError STORE_INVALID, and StoreUnavailable when the server can't be reached now. */
export async function openDatabase(options: MysqlOptions): Promise<Opened> {
  const target = readTarget(options)
  const database = new Database(target, { ...DEFAULT_CONNECTIONS, ...options.connections })
  try {
    const variables = await database.use(async (session) => {
      const old = whyTooOld(session.connection.info)
      if (old !== undefined) throw new Unusable(old, 'upgrade it, or name another server')
      return readVariables(session)
    })
    assertFit(variables)
    const weaknesses = acceptedOf(variables, options.acceptedWeaknesses ?? [])
    await migrate(database)
    return { database, weaknesses }
  } catch (error) {
    await database.close()
    throw explained(error, nameOf(target))
  }
}

function readTarget(options: MysqlOptions): Target {
  try {
    return targetOf(options)
  } catch (cause) {
    throw storeInvalid('the MySQL server', wordsOf(cause), 'correct it in the settings', cause)
  }
}

function assertFit(variables: Variables): void {
  const packetBytes = Number(variables.get('max_allowed_packet'))
  if (packetBytes < PACKET_MIN_BYTES) {
    throw new Unusable(
      `its max_allowed_packet is ${packetBytes} bytes, and a large transaction takes up to ${PACKET_MIN_BYTES}`,
      'set max_allowed_packet=16M or more at the server',
    )
  }
  if (variables.get('log_bin') === 'ON' && variables.get('binlog_format') === 'STATEMENT') {
    throw new Unusable(
      'its binary log holds statements, which InnoDB refuses for transactions that see what others have committed',
      'set binlog_format=ROW or MIXED at the server',
    )
  }
}

/** Throws Unusable for one that nobody accepted. */
function acceptedOf(variables: Variables, accepted: readonly string[]): string[] {
  const weaknesses = weaknessesOf(variables)
  const refused = weaknesses.filter(({ name }) => !accepted.includes(name))
  if (refused.length > 0) {
    throw new Unusable(
      `it keeps less than it acknowledges: ${refused.map(({ words }) => words).join(', and ')}`,
      `set ${refused.map(({ remedy }) => remedy).join(' and ')} at the server, or accept ${refused.map(({ name }) => name).join(' and ')} by name`,
    )
  }
  return weaknesses.map(({ words }) => words)
}

function explained(error: unknown, where: string): Error {
  if (error instanceof AssentError) return error
  if (error instanceof Unusable) return storeInvalid(where, error.message, error.remedy, error)
  const wrong = wordsOf(error)
  if (isRefusedAccess(error)) {
    return storeInvalid(where, wrong, 'see docs/stores/mysql.md for what the account must be allowed', error)
  }
  return new StoreUnavailable(`${where}: ${wrong}`, { cause: error })
}
