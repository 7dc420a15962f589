/** Runs the store's worker on a database whose commits can be made to fail as a failing disk makes them. */
import { DatabaseSync } from 'node:sqlite'
import { Worker, workerData } from 'node:worker_threads'

/** `SQLITE_IOERR_FSYNC`: written, but nobody knows whether to the disk. */
const IO_ERROR = 1034

type Failure = 'none' | 'after commit' | 'before commit'
const FAILURES: readonly Failure[] = ['none', 'after commit', 'before commit']

/** A disk that fails at the commits that come while it is told to. */
export function failingDisk(): { fail(failure: Failure): void; createWorker(): Worker } {
  const failing = new Int32Array(new SharedArrayBuffer(4))
  return {
    fail(failure) {
      failing[0] = FAILURES.indexOf(failure)
    },
    createWorker: () => new Worker(new URL(import.meta.url), { workerData: { failing } }),
  }
}

if (workerData?.failing) {
  const { failing } = workerData as { failing: Int32Array }
  const { prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string) {
    const statement = prepare.call(this, sql)
    if (sql !== 'COMMIT') return statement
    const run = statement.run.bind(statement)
    statement.run = () => {
      const failure = FAILURES[failing[0] ?? 0]
      if (failure === 'none') return run()
      if (failure === 'after commit') run()
      throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: IO_ERROR })
    }
    return statement
  }
  await import('../src/sqlite/worker.ts')
}
