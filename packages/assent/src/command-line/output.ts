import { type Call, type Option, UsageError } from './command.ts'

/** Prints an answer as it came, or as the command shows it to people. */
export function print(call: Call, answer: unknown, shown: () => string): void {
  const { given, around } = call
  const output = given.text('output') ?? 'table'
  if (output !== 'json' && output !== 'table') {
    throw new UsageError(`--output is table or json, not ${JSON.stringify(output)}`)
  }
  const text = output === 'json' ? JSON.stringify(answer, null, 2) : shown()
  around.out(`${text}\n`)
}

export function isJson(call: Call): boolean {
  return call.given.text('output') === 'json'
}

export const WAIT_OPTIONS: Readonly<Record<string, Option>> = {
  wait: { description: 'wait for the end, at most 30 seconds' },
  'wait-ms': { value: 'MS', description: 'wait for the end, at most so many milliseconds' },
}

/** What `--wait` and `--wait-ms` ask for; undefined: nothing is waited for. */
export function waitOf({ given }: Call): { wait: true | number; ms: number } | undefined {
  const asked = given.text('wait-ms')
  if (asked === undefined) return given.isOn('wait') ? { wait: true, ms: 30_000 } : undefined
  const ms = Number(asked)
  if (!Number.isInteger(ms) || ms < 0) throw new UsageError(`--wait-ms must be a whole number, not ${asked}`)
  return { wait: ms, ms }
}
