import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startMariadb, startPostgres } from '@assent/testkit/servers'
import { type Embedded, type OpenOptions, open, saga, unchecked } from 'assent'
import { mysql } from 'assent/store/mysql'
import { postgres } from 'assent/store/postgres'
import { sqlite } from 'assent/store/sqlite'
import { createPool } from 'mariadb'
import pg from 'pg'
import { median } from '../measure/median.ts'
import type { Finding } from '../report/finding.ts'
import { count, milliseconds } from '../report/words.ts'
import type { Question } from './question.ts'

const ONE_BY_ONE = 300
const AT_ONCE = 3_000
const CALLERS = 64
const WARM = 100
/** How long the store of SQLite may keep the application waiting. */
const SQLITE_TIMEOUT_MS = 10_000

/** An application's database with the store in it. */
interface Application extends AsyncDisposable {
  name: string
  store: OpenOptions['store']
  /** Runs the work in a database transaction of the application's, and commits it. */
  transact(work: (transaction: unknown) => Promise<unknown>): Promise<void>
  callers: number
}

/** Milliseconds from the commit to the first call, and what the row cost in the database transaction. */
interface Times {
  called: number[]
  written: number[]
}

interface Found {
  name: string
  oneByOne: Times
  perSecond: number | undefined
}

export const within: Question = {
  name: 'within',
  async answer() {
    const found: Found[] = []
    for (const start of [onSqlite, onPostgres, onMariadb]) {
      await using application = await start()
      found.push(await measure(application))
      console.log(
        `  ${application.name}: called after ${milliseconds(median(found.at(-1)?.oneByOne.called ?? []))}`,
      )
    }
    return finding(found)
  },
}

async function measure({ name, store, transact, callers }: Application): Promise<Found> {
  const calledAt = new Map<string, (ms: number) => void>()
  const parcel = saga('parcel', { version: 1, input: unchecked<{ sku: string }>() }).step('pack', {
    action: ({ gid }) => calledAt.get(gid)?.(performance.now()),
  })
  await using assent: Embedded = await open({ store, definitions: [parcel] })
  let last = 0
  const one = async (times: Times): Promise<void> => {
    last += 1
    const gid = `order-${last}`
    const called = new Promise<number>((resolve) => calledAt.set(gid, resolve))
    await transact(async (transaction) => {
      const beganMs = performance.now()
      await assent.start(parcel, { sku: 'lamp' }, { gid, within: transaction })
      times.written.push(performance.now() - beganMs)
    })
    const committedMs = performance.now()
    times.called.push(Math.max(0, (await called) - committedMs))
    calledAt.delete(gid)
  }
  const all = async (transactions: number, atOnce: number): Promise<Times> => {
    const times: Times = { called: [], written: [] }
    let left = transactions
    const caller = async (): Promise<void> => {
      while (left > 0) {
        left -= 1
        await one(times)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, caller))
    return times
  }
  await all(WARM, 1)
  const oneByOne = await all(ONE_BY_ONE, 1)
  if (callers === 1) return { name, oneByOne, perSecond: undefined }
  const beganMs = performance.now()
  await all(AT_ONCE, callers)
  return { name, oneByOne, perSecond: (AT_ONCE / (performance.now() - beganMs)) * 1_000 }
}

async function onSqlite(): Promise<Application> {
  const directory = mkdtempSync(join(tmpdir(), 'assent-bench-within-'))
  let connection: DatabaseSync | undefined
  return {
    name: 'SQLite',
    store: sqlite(directory),
    callers: 1,
    async transact(work) {
      connection ??= new DatabaseSync(join(directory, 'assent.db'), { timeout: SQLITE_TIMEOUT_MS })
      connection.exec('BEGIN IMMEDIATE')
      await work(connection)
      connection.exec('COMMIT')
    },
    async [Symbol.asyncDispose]() {
      connection?.close()
      rmSync(directory, { recursive: true })
    },
  }
}

async function onPostgres(): Promise<Application> {
  const server = await startPostgres()
  const pool = new pg.Pool({ connectionString: server.url, max: CALLERS })
  return {
    name: `${server.product} ${server.version}`,
    store: postgres({ url: server.url }),
    callers: CALLERS,
    async transact(work) {
      const client = await pool.connect()
      await client.query('BEGIN')
      await work(client)
      await client.query('COMMIT')
      client.release()
    },
    async [Symbol.asyncDispose]() {
      await pool.end()
      await server.close()
    },
  }
}

async function onMariadb(): Promise<Application> {
  const server = await startMariadb()
  const pool = createPool(`${server.url.replace(/^mysql:/, 'mariadb:')}?connectionLimit=${CALLERS}`)
  const name = 'assent_bench'
  await pool.query(`CREATE DATABASE ${name}`)
  return {
    name: `${server.product} ${server.version}`,
    store: mysql({ url: Object.assign(new URL(server.url), { pathname: `/${name}` }).href }),
    callers: CALLERS,
    async transact(work) {
      const connection = await pool.getConnection()
      await connection.beginTransaction()
      await work(connection)
      await connection.commit()
      await connection.release()
    },
    async [Symbol.asyncDispose]() {
      await pool.end()
      await server.close()
    },
  }
}

function finding(found: readonly Found[]): Finding {
  const late = (times: readonly number[]): number =>
    times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99)] ?? Number.NaN
  return {
    question: 'within',
    asks: 'How soon is a transaction driven that was started within a database transaction of the application’s own, and what does that cost it?',
    settings: [
      'A saga of one local step, started within a database transaction that does nothing else; the coordinator is embedded in the same process, with its defaults, and its store is in the same database.',
      `${count(ONE_BY_ONE)} one after another; then ${count(AT_ONCE)} of ${CALLERS} callers at once, but for SQLite, where one connection has one transaction. Times are from the answer of the application’s commit to the call of the step.`,
      'The databases on the same machine; every commit is on the disk before it is acknowledged.',
    ],
    figures: found.map(({ name, oneByOne }) => ({
      what: `${name}: from the commit to the first call`,
      measured: milliseconds(median(oneByOne.called)),
    })),
    tables: [
      {
        title: 'One after another, and all at once',
        head: ['database', 'commit to call', '99th percentile', 'to write it', `with ${CALLERS} at once`],
        rows: found.map(({ name, oneByOne, perSecond }) => [
          name,
          milliseconds(median(oneByOne.called)),
          milliseconds(late(oneByOne.called)),
          milliseconds(median(oneByOne.written)),
          perSecond === undefined ? '' : `${count(perSecond)}/s`,
        ]),
      },
    ],
  }
}
