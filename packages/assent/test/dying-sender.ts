/**
 * A service that sends one message, embedded coordinator included, and is killed at a named moment of it; the next one
 * on the same folder takes up what it left:
 *
 *     node dying-sender.ts FOLDER sqlite|postgres://… GID MOMENT
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { send } from '@assent/client'
import { openCoordinator, systemClock } from '@assent/coordinator'
import { type Barrier, pg, queryOf, runLocalPart, sqlBarrier, sqliteBarrier } from '@assent/participant'
import { sqlite } from '@assent/store/sqlite'
import { type LocalFunction, local } from '@assent/transport/local'
import { Pool, type PoolClient } from 'pg'

export type Moment =
  /** The message is prepared, and its local part has not begun. */
  | 'prepared'
  /** The local part has written, and not committed. */
  | 'amid-local-part'
  /** The same, and the query waits for it. */
  | 'asked-amid'
  /** The query waits for the local part for a while, and nobody is killed. */
  | 'slow'
  /** The local part is committed, and the coordinator does not know. */
  | 'committed'
  | 'never'
  /** Sends nothing: goes on with what is there. */
  | 'recover'

const [folder = '', database = '', gid = '', moment = ''] = process.argv.slice(2)
const die = (): void => void process.kill(process.pid, 'SIGKILL')
/** After how long the coordinator asks, milliseconds. */
const TIMEOUT_TO_FAIL_MS = 300
const WAIT_MS = 20_000
/** For how long the query waits at least, milliseconds: longer than the coordinator waits for its answer. */
const ASKED_FOR_MS = 300

const receiver = new DatabaseSync(join(folder, 'receiver.db'))
receiver.exec('CREATE TABLE IF NOT EXISTS received (gid TEXT NOT NULL) STRICT')
const receiving = sqliteBarrier(receiver)

interface Sender {
  barrier: Barrier<unknown>
  write(database: unknown): void | Promise<void>
  close(): void | Promise<void>
}

function onSqlite(): Sender {
  const orders = new DatabaseSync(join(folder, 'orders.db'))
  orders.exec('CREATE TABLE IF NOT EXISTS orders (gid TEXT NOT NULL) STRICT')
  return {
    barrier: sqliteBarrier(orders) as Barrier<unknown>,
    write: () => void orders.prepare('INSERT INTO orders VALUES (?)').run(gid),
    close: () => orders.close(),
  }
}

function onPostgres(connectionString: string): Sender {
  const pool = new Pool({ connectionString, max: 2 })
  return {
    barrier: sqlBarrier(pg(pool)) as Barrier<unknown>,
    write: async (client) =>
      void (await (client as PoolClient).query('INSERT INTO orders VALUES ($1)', [gid])),
    close: () => pool.end(),
  }
}

const sender = database === 'sqlite' ? onSqlite() : onPostgres(database)
const query = queryOf(sender.barrier)
let isAsked = false

const functions = new Map<string, LocalFunction>([
  [
    'receive',
    (call) =>
      receiving
        .run({ gid: call.gid, branchId: 'receiver', op: 'action' }, () => {
          receiver.prepare('INSERT INTO received VALUES (?)').run(call.gid)
        })
        .then(() => null),
  ],
  [
    'query',
    (call) => {
      isAsked = true
      return query(call)
    },
  ],
])

const coordinator = await openCoordinator({
  store: sqlite({ directory: join(folder, 'assent') }),
  transports: [local(functions, { clock: systemClock })],
  settings: { claimIntervalMs: 20 },
})

const dying: typeof coordinator = Object.create(coordinator, {
  submit: {
    value: (request: { gid: string }) => {
      if (moment === 'committed') die()
      return coordinator.submit(request)
    },
  },
})
const work = async (connection: unknown) => {
  await sender.write(connection)
  if (moment === 'amid-local-part') die()
  if (moment !== 'asked-amid' && moment !== 'slow') return
  while (!isAsked) await sleep(5)
  await sleep(ASKED_FOR_MS)
  if (moment === 'asked-amid') die()
}
const barrier: Pick<Barrier<unknown>, 'run'> = {
  run(call, business) {
    if (moment === 'prepared') die()
    return sender.barrier.run(call, business)
  },
}

if (moment !== 'recover') {
  const request = {
    gid,
    mode: 'message',
    query: 'local:query',
    branches: [{ branchId: 'receiver', action: 'local:receive' }],
    options: { timeoutToFailMs: TIMEOUT_TO_FAIL_MS, requestTimeoutMs: 200, retryIntervalMs: 20 },
  } as const
  await send(dying, request, { barrier, work })
}
const { status } = await coordinator.get({ gid, waitMs: WAIT_MS })
/** Whether the local part could still be done by someone who was late. */
const late = await runLocalPart(sender.barrier, gid, () => null).then(
  ({ case: which }) => which,
  (error: Error) => error.name,
)
console.log(JSON.stringify({ status, late }))
await coordinator.close()
await sender.close()
