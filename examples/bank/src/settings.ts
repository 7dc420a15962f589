import { join } from 'node:path'
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { type Faults, NO_FAULTS } from './faults.ts'
import type { Synchronous } from './schema.ts'

export const BANKS = ['north', 'south'] as const
export type BankName = (typeof BANKS)[number]

/** Everything that can be set, from where one bank stands. */
export interface Settings {
  name: BankName
  host: string
  /** The first port that is tried; 0 for any free one. */
  port: number
  file: string
  synchronous: Synchronous
  /** Whether a new bank opens the accounts that the README's transfers use. */
  demoAccounts: boolean
  /** The coordinator to ask which transactions have ended; the barrier is not swept without it. */
  coordinator: string | undefined
  faults: Faults
}

interface Setting {
  /** What it is when neither flag nor environment says it. */
  value: string
  help: string
}

/** A setting `some-thing` is the flag `--some-thing` and the environment's `BANK_SOME_THING`. */
const SETTINGS = {
  'data-dir': { value: 'data/bank', help: 'where the databases lie' },
  host: { value: '127.0.0.1', help: 'the address to listen on' },
  'north-port': {
    value: '36801',
    help: 'where north listens; a taken port gives way to the next free one, 0 to any',
  },
  'south-port': { value: '36802', help: 'where south listens' },
  synchronous: {
    value: 'FULL',
    help: "SQLite's synchronous: FULL or EXTRA; NORMAL and OFF may lose money with the power",
  },
  'demo-accounts': { value: 'true', help: 'whether a new bank opens the accounts of the README' },
  coordinator: {
    value: '',
    help: 'where to ask which transactions have ended, to forget them: http://127.0.0.1:36789',
  },
  'fault-seed': { value: '1', help: 'where the chance of the faults begins' },
  'fail-before': { value: '0', help: 'how often to answer 500 with nothing done, 0 to 1' },
  'fail-after': { value: '0', help: 'how often to answer 500 although it is done' },
  refuse: { value: '0', help: 'how often to refuse phase one' },
  'delay-before': { value: '0', help: 'how often to do it only after the delay' },
  'delay-after': { value: '0', help: 'how often to answer only after the delay' },
  'delay-ms': { value: '0', help: 'the delay, milliseconds' },
} as const satisfies Record<string, Setting>

type SettingName = keyof typeof SETTINGS
type Values = Readonly<Record<SettingName, string>>

export interface Asked {
  /** The banks that the arguments name; both without any. */
  names: readonly BankName[]
  help: boolean
  /** The flags alone, as arguments for a process of one bank. */
  flags: readonly string[]
  settingsOf: (name: BankName) => Settings
}

/** Flags before environment before defaults. Throws for what is unknown or can't be. */
export function readSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Asked {
  const options: ParseArgsOptionsConfig = { help: { type: 'boolean' } }
  for (const name of Object.keys(SETTINGS)) options[name] = { type: 'string' }
  const parsed = parseArgs({ args: [...args], options, allowPositionals: true })
  const { help, ...flags } = parsed.values
  const values = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, { value }]) => [
      name,
      String(flags[name] ?? environment[environmentName(name)] ?? value),
    ]),
  ) as Values
  const names = parsed.positionals.map((given) => oneOf('bank', BANKS, given))
  return {
    names: names.length === 0 ? BANKS : names,
    help: help === true,
    flags: Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    settingsOf: (name) => settingsOf(name, values),
  }
}

function settingsOf(name: BankName, values: Values): Settings {
  const number = (setting: SettingName, max: number) => numberOf(setting, values[setting], max)
  return {
    name,
    host: values.host,
    port: number(`${name}-port`, 65_535),
    file: join(values['data-dir'], `${name}.db`),
    synchronous: oneOf(
      'synchronous',
      ['FULL', 'EXTRA', 'NORMAL', 'OFF'] as const,
      values.synchronous.toUpperCase(),
    ),
    demoAccounts: oneOf('demo-accounts', ['true', 'false'] as const, values['demo-accounts']) === 'true',
    coordinator: values.coordinator === '' ? undefined : values.coordinator,
    faults: {
      ...NO_FAULTS,
      seed: number('fault-seed', 0xffff_ffff),
      failBefore: number('fail-before', 1),
      failAfter: number('fail-after', 1),
      refuse: number('refuse', 1),
      delayBefore: number('delay-before', 1),
      delayAfter: number('delay-after', 1),
      delayMs: number('delay-ms', 3_600_000),
    },
  }
}

function numberOf(name: string, text: string, max: number): number {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (number >= 0 && number <= max) return number
  throw new TypeError(`${name} must be a number from 0 to ${max}, not ${JSON.stringify(text)}`)
}

function oneOf<Word extends string>(name: string, words: readonly Word[], text: string): Word {
  const word = words.find((each) => each === text)
  if (word === undefined)
    throw new TypeError(`${name} must be one of ${words.join(', ')}, not ${JSON.stringify(text)}`)
  return word
}

function environmentName(name: string): string {
  return `BANK_${name.toUpperCase().replaceAll('-', '_')}`
}

export function helpText(): string {
  const lines = Object.entries(SETTINGS).map(
    ([name, { value, help }]) =>
      `  --${name.padEnd(14)} ${environmentName(name).padEnd(19)} ${help} (${value || 'none'})`,
  )
  return `node src/main.ts [${BANKS.join(' | ')}]   starts one bank, or both as two processes\n\n${lines.join('\n')}`
}
