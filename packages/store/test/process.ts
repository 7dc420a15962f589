import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A script of this folder, running as a process of its own. */
export interface Script {
  process: ChildProcess
  /** What it has printed, line by line. */
  lines: string[]
  /** Resolves with the first line from now on that begins so. */
  line(start: string): Promise<string>
  /** Ends it as `kill -9` does, and resolves once it is gone and all that it printed was read. */
  kill(): Promise<void>
  /** Resolves with its exit code. */
  ended: Promise<number | null>
}

export function runScript(name: string, ...args: string[]): Script {
  const script = fileURLToPath(new URL(name, import.meta.url))
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const reader = createInterface({ input: child.stdout })
  const lines: string[] = []
  reader.on('line', (line) => lines.push(line))
  const ended = Promise.all([once(child, 'close'), once(reader, 'close')]).then(() => child.exitCode)
  return {
    process: child,
    lines,
    ended,
    line: (start) =>
      new Promise((resolve, reject) => {
        reader.on('line', (line) => {
          if (line.startsWith(start)) resolve(line)
        })
        void ended.then(() => reject(new Error(`${name} ended without printing ${start}`)))
      }),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
