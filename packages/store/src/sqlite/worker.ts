/** The thread that holds the database: it does one thing after the other, so the process's own thread never waits. */
import { parentPort } from 'node:worker_threads'
import { claim, nextDueAt } from './claim.ts'
import type { Database } from './database.ts'
import { heartbeat, register, retire } from './incarnations.ts'
import { list } from './list.ts'
import type { FailureKind, Methods, Reply, Request } from './messages.ts'
import { openDatabase, UnusableDatabase } from './open.ts'
import { owned } from './owned.ts'
import { read, readTombstones } from './read.ts'
import { isBusy, isFull } from './result-codes.ts'
import { proveRoom } from './room.ts'
import { summary } from './summary.ts'
import { sweep } from './sweep.ts'
import { write } from './write.ts'

let opened: Database | undefined

function database(): Database {
  if (opened === undefined) throw new Error('the database is not open')
  return opened
}

const methods: Methods = {
  open(settings) {
    opened = openDatabase(settings)
  },
  write: (cells) => write(database(), cells),
  read: (gids) => read(database(), gids),
  readTombstones: (gids) => readTombstones(database(), gids),
  list: (query, page) => list(database(), query, page),
  register: (incarnation, leaseMs) => register(database(), incarnation, leaseMs),
  heartbeat: (incarnation, leaseMs) => heartbeat(database(), incarnation, leaseMs),
  retire: (incarnation) => retire(database(), incarnation),
  claim: (request) => claim(database(), request),
  owned: (request) => owned(database(), request),
  nextDueAt: (applications) => nextDueAt(database(), applications),
  sweep: (request) => sweep(database(), request),
  summary: () => summary(database()),
  ping() {
    database().number('SELECT count(*) FROM (SELECT 1 FROM transactions LIMIT 1)')
  },
  proveRoom: () => proveRoom(database()),
  close() {
    database().close()
  },
}

async function answer({ id, method, args }: Request): Promise<void> {
  let reply: Reply
  try {
    const handle = methods[method] as (...values: unknown[]) => unknown
    reply = { id, value: await handle(...args) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    reply = { id, failure: failureOf(error), message }
  }
  parentPort?.postMessage(reply)
  // What waits in the queue must not meet a connection of which nobody knows what it has done.
  if ('failure' in reply && reply.failure === 'broken') process.exit(1)
}

function failureOf(error: unknown): FailureKind {
  if (error instanceof UnusableDatabase) return 'unusable'
  return isFull(error) || isBusy(error) ? 'unavailable' : 'broken'
}

parentPort?.on('message', (request: Request) => void answer(request))
