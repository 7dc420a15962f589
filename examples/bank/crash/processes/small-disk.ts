import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const MOUNTED_POLL_MS = 20
const MOUNTED_TIMEOUT_MS = 5_000
/** `TMPFS_MAGIC` of Linux. */
const TMPFS = 0x01021994

/** A file system in memory that only processes see that are started `through` it. */
export interface SmallDisk {
  /** Its folder, for those processes. */
  folder: string
  through: readonly string[]
  /** Takes this much of it away. */
  occupy(bytes: number): void
  /** Gives that back. */
  free(): void
  unmount(): Promise<void>
}

/** Undefined where the system does not let this user mount. */
export async function mountSmallDisk(folder: string, bytes: number): Promise<SmallDisk | undefined> {
  if (process.platform !== 'linux') return undefined
  mkdirSync(folder, { recursive: true })
  const isRoot = process.getuid?.() === 0
  const holder = spawn(
    'unshare',
    [
      ...(isRoot ? [] : ['--user', '--map-root-user']),
      ...[
        '--mount',
        'sh',
        '-c',
        'mount -t tmpfs -o size="$1" tmpfs "$2" && exec cat',
        'sh',
        String(bytes),
        folder,
      ],
    ],
    // It ends with this process, and the disk with it: `cat` reads until its input is closed.
    { stdio: ['pipe', 'ignore', 'ignore'] },
  )
  const seen = join(`/proc/${holder.pid}/root`, folder)
  if (!(await isMounted(holder, seen))) return undefined
  const ballast = join(seen, 'ballast')
  return {
    folder,
    through: [
      'nsenter',
      '--target',
      String(holder.pid),
      '--mount',
      ...(isRoot ? [] : ['--user', '--preserve-credentials']),
    ],
    occupy: (size) => writeFileSync(ballast, Buffer.alloc(size)),
    free: () => rmSync(ballast),
    unmount: async () => {
      const ended = once(holder, 'exit')
      holder.stdin?.end()
      await ended
    },
  }
}

async function isMounted(holder: ChildProcess, seen: string): Promise<boolean> {
  let hasEnded = false
  holder.once('error', () => {
    hasEnded = true
  })
  holder.once('exit', () => {
    hasEnded = true
  })
  const begunAt = performance.now()
  while (!hasEnded && performance.now() - begunAt < MOUNTED_TIMEOUT_MS) {
    if (typeOf(seen) === TMPFS) return true
    await sleep(MOUNTED_POLL_MS)
  }
  holder.kill()
  return false
}

function typeOf(path: string): number | undefined {
  try {
    return statfsSync(path).type
  } catch {
    return undefined
  }
}
