import { cpus, release, totalmem, type } from 'node:os'

const BYTES_PER_GIB = 1_024 ** 3

/** What the figures hold for, without what would name one machine. */
export function describeMachine(): string[] {
  const [first] = cpus()
  return [
    `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}`,
    `${(totalmem() / BYTES_PER_GIB).toFixed(0)} GiB memory`,
    `${type()} ${release()}`,
    `Node ${process.version}`,
    `SQLite ${process.versions.sqlite}`,
  ]
}
