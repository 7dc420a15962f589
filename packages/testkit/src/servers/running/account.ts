import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Account {
  uid: number
  gid: number
}

/** As whom a server runs: as we do, but never as root, which PostgreSQL and MariaDB refuse. */
export async function accountFor(name: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  return (await find(name)) ?? (await find('nobody'))
}

async function find(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}
