/** Starting other programs from the tools: the same way everywhere, with what they print passed on. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

const installed = (path: string) => join(ROOT, 'node_modules', path)

/** Programs that npm installed, each started by this very Node rather than by whatever `node` the path has. */
export const PROGRAMS = {
  biome: installed('@biomejs/biome/bin/biome'),
  tsc: installed('typescript/bin/tsc'),
  vitest: installed('vitest/vitest.mjs'),
}

/** Resolves with the exit code; a program that a signal ended, or that can't be started, counts as failed. */
export function run(command: string, args: readonly string[], cwd = ROOT): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: 'inherit' })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

export function runProgram(program: keyof typeof PROGRAMS, args: readonly string[]): Promise<number> {
  return run(process.execPath, [PROGRAMS[program], ...args])
}

/** npm itself, which a script started by npm finds where npm says it is. */
export function runNpm(args: readonly string[], cwd: string): Promise<number> {
  const script = process.env.npm_execpath
  return script ? run(process.execPath, [script, ...args], cwd) : run('npm', args, cwd)
}
