/** Runs what `npm start` runs, and sees which processes that makes. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from './command.ts'

const POLL_MS = 50
/** A first start compiles everything. */
const STARTED_TIMEOUT_MS = 60_000
const ENDED_TIMEOUT_MS = 20_000

export interface RunningStart {
  /** Everything that was written so far. */
  output(): string
  /** Resolves when this was written. */
  said(text: string): Promise<void>
  /** The process that it started whose command line has these words. */
  pidOf(words: string): number
  /** Sends the signal to the one process that npm started, and resolves when that has ended. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>
  /** Processes that it started and that still run. */
  left(): Promise<readonly string[]>
}

/** What `npm start` runs, with these flags behind it. */
export function runStart(flags: readonly string[], environment: Record<string, string>): RunningStart {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as PackageFile
  const [, ...command] = scripts.start.split(' ')
  const child = spawn(process.execPath, [...command, ...flags], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
  })
  const started = new Map<number, string>()
  let written = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      written += text
    })
  }
  const note = (): void => {
    for (const { pid, args } of descendantsOf(child.pid ?? 0)) started.set(pid, args)
  }
  return {
    output: () => written,
    said: async (text) => {
      await until(
        () => written.includes(text),
        STARTED_TIMEOUT_MS,
        () => `${JSON.stringify(text)} in ${written}`,
      )
      note()
    },
    pidOf: (words) => {
      note()
      const found = [...started].find(([, args]) => args.includes(words))
      if (found === undefined) throw new Error(`no process has ${words}: ${[...started.values()].join('\n')}`)
      return found[0]
    },
    end: async (signal) => {
      note()
      child.kill(signal)
      return exitOf(child, written)
    },
    left: async () => {
      const running = () => [...started].filter(([pid, args]) => argsOf(pid) === args).map(([, args]) => args)
      // A process that was told to end may need a moment.
      await until(
        () => running().length === 0,
        ENDED_TIMEOUT_MS,
        () => '',
      ).catch(() => {})
      return running()
    },
  }
}

interface PackageFile {
  scripts: { start: string }
}

async function exitOf(child: ChildProcess, written: string): Promise<number | NodeJS.Signals> {
  const exit = () => child.exitCode ?? child.signalCode
  await until(
    () => exit() !== null,
    ENDED_TIMEOUT_MS,
    () => `the end of ${written}`,
  )
  return exit() ?? 0
}

async function until(isTrue: () => boolean, timeoutMs: number, what: () => string): Promise<void> {
  const begunAt = performance.now()
  while (!isTrue()) {
    if (performance.now() - begunAt > timeoutMs) throw new Error(`waited in vain for ${what()}`)
    await sleep(POLL_MS)
  }
}

interface Running {
  pid: number
  parent: number
  args: string
}

/** All processes of the machine; from the kernel where it tells, because small images have no `ps`. */
function processes(): Running[] {
  if (process.platform === 'linux') return readdirSync('/proc').flatMap(processOf)
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
  return lines.map((line) => {
    const [, pid, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return { pid: Number(pid), parent: Number(parent), args: args ?? '' }
  })
}

function processOf(entry: string): Running[] {
  if (!/^\d+$/.test(entry)) return []
  try {
    const args = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${entry}/status`, 'utf8'))?.[1]
    // One that has ended and was not waited for yet has no arguments any more.
    return args === '' ? [] : [{ pid: Number(entry), parent: Number(parent), args }]
  } catch {
    // It ended in between.
    return []
  }
}

function descendantsOf(pid: number): { pid: number; args: string }[] {
  const all = processes()
  const of = (parent: number): Running[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...of(each.pid)])
  return of(pid)
}

function argsOf(pid: number): string | undefined {
  return processes().find((each) => each.pid === pid)?.args
}

/** Ports that nobody listens on; below those that systems give to outgoing connections. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = []
  for (let port = 10_000 + (process.pid % 10_000); found.length < count; port += 1) {
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (isFree) found.push(port)
  }
  return found
}
