import { createHash } from 'node:crypto'
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Account } from './account.ts'

const PREFIX = 'assent-server-'
/** A process is known by its number on its own host only, and containers may share a folder for temporary files. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 6)

/** A new directory that says whose it is: `assent-server-HOST-PID-XXXXXX`. */
export async function makeDirectory(account: Account | undefined): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `${PREFIX}${HOST}-${process.pid}-`))
  if (account) await chown(directory, account.uid, account.gid)
  return directory
}

export async function removeDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 5 })
}

/** Removes what killed processes of this host left. Their servers are gone: each ends with who started it. */
export async function removeLeftovers(): Promise<void> {
  const names = await readdir(tmpdir())
  for (const name of names) {
    const [host, pid] = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('-') : []
    if (host !== HOST || isRunning(Number(pid))) continue
    // Another user's is not ours to remove.
    await removeDirectory(join(tmpdir(), name)).catch(() => undefined)
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
