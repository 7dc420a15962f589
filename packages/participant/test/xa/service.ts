import type { Answer } from '../../src/barrier/decision.ts'
import { attemptOf, identifierOf, tagOf } from '../../src/xa/mysql/identifier.ts'
import type { XaOptions } from '../../src/xa/xa.ts'
import { callOf } from '../accounts.ts'
import { newDatabase, type TestDatabase } from '../sql/database.ts'
import type { Watch, XaLibrary, XaProcess } from './libraries.ts'

export const XA_SERVICE: XaOptions = { service: 'accounts', lockTimeoutMs: 1_000 }

/** What each database calls the statements that end what was prepared. */
export const PREPARE = /^(PREPARE TRANSACTION|XA PREPARE)/
/** Says durably that it is prepared. */
export const ACKNOWLEDGE = /SET state = 'prepared'/
export const COMMIT = /^(COMMIT PREPARED|XA COMMIT)/
export const ROLLBACK = /^(ROLLBACK PREPARED|XA ROLLBACK)/

export type XaOperation = 'prepare' | 'commit' | 'rollback'

/** One process of a service in mode xa, whose work leaves a line. */
export interface Process<Connection> extends XaProcess<Connection> {
  call(op: XaOperation, branchId?: string): Promise<Answer>
  prepare(work: (connection: Connection) => Promise<unknown>): Promise<Answer>
}

export interface XaService<Connection> {
  database: TestDatabase
  one: Process<Connection>
  start(watch?: Watch, options?: Partial<XaOptions>): Process<Connection>
  effects(): Promise<string[]>
  /** What the service holds prepared. */
  prepared(): Promise<number>
  registrations(): Promise<number>
  /** Rolls back all that is prepared, as an operator would. */
  rollBackPrepared(): Promise<void>
  clear(): Promise<void>
  close(): Promise<void>
}

export async function startXaService<Connection>(
  library: XaLibrary<Connection>,
): Promise<XaService<Connection>> {
  const database = await newDatabase(library.dialect)
  const processes: Process<Connection>[] = []
  const start: XaService<Connection>['start'] = (watch, options) => {
    const opened = library.open(database.url, { ...XA_SERVICE, ...options }, watch)
    const prepare: Process<Connection>['prepare'] = (work) =>
      opened.resource.run(callOf('prepare'), async (connection) => {
        await work(connection)
      })
    const call = async (op: XaOperation, branchId?: string) =>
      opened.resource.run(callOf(op, branchId), async (connection) => {
        await opened.run(connection, `INSERT INTO effects (what) VALUES ('${op}')`)
        return { did: op }
      })
    const process = { ...opened, call, prepare }
    processes.push(process)
    return process
  }
  const one = start()
  await one.resource.check()
  const rollBackPrepared = async () => {
    for (const statement of await rollbacksIn(database)) await database.run(statement)
  }
  return {
    database,
    one,
    start,
    effects: async () =>
      (await database.run('SELECT what FROM effects ORDER BY number')).map(({ what }) => String(what)),
    prepared: async () => (await rollbacksIn(database)).length,
    registrations: async () => (await database.run('SELECT gid FROM assent_xa')).length,
    rollBackPrepared,
    clear: async () => {
      await rollBackPrepared()
      await database.run('DELETE FROM effects', 'DELETE FROM assent_barrier', 'DELETE FROM assent_xa')
    },
    close: async () => {
      for (const each of processes) await each.close()
      await rollBackPrepared()
      await database.drop()
    },
  }
}

/** The statements that roll back what is prepared in a database. */
async function rollbacksIn({ dialect, url, run }: TestDatabase): Promise<string[]> {
  if (dialect === 'postgres') {
    const rows = await run('SELECT gid FROM pg_prepared_xacts WHERE database = current_database()')
    return rows.map(({ gid }) => `ROLLBACK PREPARED '${gid}'`)
  }
  // The server lists those of all databases, and other tests are at work in theirs.
  const tag = tagOf(XA_SERVICE.service, new URL(url).pathname.slice(1))
  const rows = await run('XA RECOVER')
  return rows.flatMap((row) => {
    const attempt = attemptOf(tag, row)
    return attempt ? `XA ROLLBACK ${identifierOf(tag, attempt)}` : []
  })
}
