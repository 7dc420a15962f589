import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Account } from './account.ts'

/** The descriptor through which the watcher hears from us. */
const WATCHER = 3
/** PostgreSQL itself gives its processes five seconds. */
const END_TIMEOUT_MS = 10_000

/**
 * Becomes the server, and leaves a watcher behind that listens to us: a line says that the server has ended, and
 * silence for good that we have, however that came about. Then server and directory go too. The watcher is no child
 * of the server, which may count its children.
 */
const BECOME_WATCHED = `
signal=$1 directory=$2
shift 2
( (
  read -r ended && exit
  kill -s "$signal" $$
  kill -s CONT $$
  waited=0
  while kill -0 $$ && [ $waited -lt 100 ]; do sleep 0.1; waited=$((waited + 1)); done
  kill -s KILL $$
  rm -rf "$directory"
) <&3 >/dev/null 2>&1 & )
exec "$@" 3<&-
`

export interface ProcessOptions {
  /** The program, and its arguments. */
  command: readonly string[]
  directory: string
  /** Where everything goes that the process writes. */
  logFile: string
  account: Account | undefined
  killSignal: NodeJS.Signals
}

/** One life of a server. It ends when this process does, whichever way that happens. */
export class SupervisedProcess {
  readonly pid: number
  hasEnded = false
  readonly #child: ChildProcess
  readonly #ended: Promise<void>

  private constructor(child: ChildProcess, pid: number, toWatcher: Socket) {
    this.#child = child
    this.pid = pid
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => {
        this.hasEnded = true
        toWatcher.end('ended\n')
        resolve()
      })
    })
  }

  static start(options: ProcessOptions): SupervisedProcess {
    const log = openSync(options.logFile, 'a')
    const signal = options.killSignal.slice('SIG'.length)
    const { directory } = options
    // Detached: Ctrl-C is ours to hear, and the watcher must outlive it.
    const child = spawn('/bin/sh', ['-c', BECOME_WATCHED, 'sh', signal, directory, ...options.command], {
      cwd: directory,
      detached: true,
      stdio: ['ignore', log, log, 'pipe'],
      ...options.account,
    })
    closeSync(log)
    // Whatever goes wrong with starting it shows in its having no number.
    child.on('error', () => {})
    if (child.pid === undefined) throw new Error('/bin/sh can not be started')
    const toWatcher = child.stdio[WATCHER] as Socket
    toWatcher.on('error', () => {})
    // A program that is through does not wait for its servers, which then end with it.
    child.unref()
    toWatcher.unref()
    return new SupervisedProcess(child, child.pid, toWatcher)
  }

  /** Resolves when it has ended, which a signal has told it to; one that will not is made to. */
  async wait(): Promise<void> {
    if (this.hasEnded) return
    const tooLate = setTimeout(() => this.#child.kill('SIGKILL'), END_TIMEOUT_MS)
    await this.#ended
    clearTimeout(tooLate)
  }
}
