/**
 * A shop that takes one order and starts its transaction within the same database transaction, embedded coordinator
 * included, and is killed at a named moment; the next one takes up what it left:
 *
 *     node dying-shop.ts FOLDER sqlite|postgres://…|mysql://… SCHEMA GID MOMENT
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type CoordinatorParts, openCoordinator, systemClock } from '@assent/coordinator'
import { mysql } from '@assent/store/mysql'
import { postgres } from '@assent/store/postgres'
import { sqlite } from '@assent/store/sqlite'
import { local } from '@assent/transport/local'
import { createConnection } from 'mariadb'
import { Client } from 'pg'
import { openTransactionOf } from '../src/embedded/within.ts'

export type Moment =
  /** The order and its transaction are written, and not committed. */
  | 'amid'
  /** They are committed, and nobody has looked for the transaction. */
  | 'committed'
  | 'never'
  /** Takes no order: goes on with what is there. */
  | 'recover'

const [folder = '', database = '', schema = '', gid = '', moment = ''] = process.argv.slice(2)
const die = (): void => void process.kill(process.pid, 'SIGKILL')
const WAIT_MS = 20_000

const parcels = new DatabaseSync(join(folder, 'parcels.db'))
parcels.exec('CREATE TABLE IF NOT EXISTS parcels (gid TEXT PRIMARY KEY) STRICT')

/** The shop's own database, with the store in it. */
interface Shop {
  store: CoordinatorParts['store']
  /** The library's own transaction. */
  begin(): Promise<unknown>
  order(): Promise<unknown>
  commit(): Promise<unknown>
  close(): Promise<void>
}

function onSqlite(): Shop {
  let connection: DatabaseSync
  return {
    store: sqlite({ directory: folder }),
    async begin() {
      connection = new DatabaseSync(join(folder, 'assent.db'), { timeout: 5_000 })
      connection.exec('CREATE TABLE IF NOT EXISTS orders (gid TEXT PRIMARY KEY) STRICT; BEGIN IMMEDIATE')
      return connection
    },
    order: async () => connection.prepare('INSERT INTO orders VALUES (?)').run(gid),
    commit: async () => connection.exec('COMMIT'),
    close: async () => connection?.close(),
  }
}

function onPostgres(): Shop {
  const client = new Client({ connectionString: database })
  return {
    store: postgres({ url: database, schema }),
    async begin() {
      await client.connect()
      await client.query('BEGIN')
      return client
    },
    order: () => client.query(`INSERT INTO ${schema}_orders VALUES ($1)`, [gid]),
    commit: () => client.query('COMMIT'),
    close: () => client.end(),
  }
}

async function onMysql(): Promise<Shop> {
  const connection = await createConnection(database.replace(/^mysql:/, 'mariadb:'))
  return {
    store: mysql({ url: database }),
    async begin() {
      await connection.beginTransaction()
      return connection
    },
    order: () => connection.query('INSERT INTO orders VALUES (?)', [gid]),
    commit: () => connection.commit(),
    close: () => connection.end(),
  }
}

const shop =
  database === 'sqlite' ? onSqlite() : database.startsWith('mysql') ? await onMysql() : onPostgres()
const pack = (call: { gid: string }): null => {
  parcels.prepare('INSERT OR IGNORE INTO parcels VALUES (?)').run(call.gid)
  return null
}
const coordinator = await openCoordinator({
  store: shop.store,
  transports: [local(new Map([['pack', pack]]), { clock: systemClock })],
  settings: { claimIntervalMs: 20, leaseMs: 2_000 },
})

if (moment !== 'recover') {
  const transaction = await shop.begin()
  await shop.order()
  const request = { gid, branches: [{ branchId: 'parcel', action: 'local:pack' }] }
  await coordinator.startWithin(request, openTransactionOf(transaction))
  if (moment === 'amid') die()
  await shop.commit()
  if (moment === 'committed') die()
}
console.log(JSON.stringify(await end()))
await shop.close()
await coordinator.close()

/** How it ended, in words: nothing is known of what was never committed. */
async function end(): Promise<string> {
  for (const endsAt = Date.now() + WAIT_MS; Date.now() < endsAt; ) {
    const status = await coordinator.get({ gid }).then(
      (view) => view.status,
      (error: { code: string }) => error.code,
    )
    if (status === 'COMMITTED' || status === 'TRANSACTION_NOT_FOUND') return status
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return 'open'
}
