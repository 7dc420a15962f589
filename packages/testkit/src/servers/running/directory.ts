import { createHash } from 'node:crypto'
import { chown, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Account } from './account.ts'

const PREFIX = 'assent-database-'
/** A process is known by its number on its own host only, and containers may share a folder for temporary files. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 6)
/** Where any account may go. */
const OPEN_FOLDER = '/tmp'
const ANYONE_MAY_ENTER = 0o001
const REMOVE_ATTEMPTS = 5

/** A new directory that says whose it is: `assent-database-HOST-PID-XXXXXX`. */
export async function makeDirectory(account: Account | undefined): Promise<string> {
  const folder = !account || (await isOpenToAll(tmpdir())) ? tmpdir() : OPEN_FOLDER
  const directory = await mkdtemp(join(folder, `${PREFIX}${HOST}-${process.pid}-`))
  if (account) await chown(directory, account.uid, account.gid)
  return directory
}

export async function removeDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: REMOVE_ATTEMPTS })
}

/** Removes what killed processes of this host left. Their servers are gone: each ends with who started it. */
export async function removeLeftovers(): Promise<void> {
  for (const folder of new Set([tmpdir(), OPEN_FOLDER])) {
    const names = await readdir(folder).catch(() => [])
    for (const name of names) {
      // Another user's is not ours to remove.
      if (isLeftover(name)) await removeDirectory(join(folder, name)).catch(() => undefined)
    }
  }
}

function isLeftover(name: string): boolean {
  const [host, pid] = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('-') : []
  return host === HOST && /^\d+$/.test(pid ?? '') && !isRunning(Number(pid))
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

async function isOpenToAll(folder: string): Promise<boolean> {
  const { mode } = await stat(folder)
  if ((mode & ANYONE_MAY_ENTER) === 0) return false
  return folder === dirname(folder) || isOpenToAll(dirname(folder))
}
