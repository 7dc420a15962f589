import { type Configuration, KEYS, type Key, SETTINGS } from '@assent/server/configuration'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { print } from '../output.ts'
import { columns } from '../table.ts'
import { configurationOf, SETTING_OPTIONS } from './start.ts'

export const config: Command = {
  path: ['config'],
  summary: 'Shows the settled configuration, and where each value came from.',
  description: ['Reads what `assent start` would read here, and starts nothing. Passwords are masked.'],
  arguments: [],
  options: {
    output: { value: 'table|json', short: 'o', description: 'how it is shown' },
    ...SETTING_OPTIONS,
  },
  examples: [
    { line: 'assent config', says: 'what a server started here would run with' },
    {
      line: 'assent config --output json | jq \'.["store.type"]\'',
      says: 'one value and its origin, for a script',
    },
  ],
  async run(call) {
    const { given, around } = call
    const configuration = configurationOf(given, around.environment, around.folder)
    const rows = KEYS.map((key) => ({
      key,
      value: shown(configuration, key),
      origin: origin(configuration, key),
    }))
    const json = Object.fromEntries(
      KEYS.map((key) => [key, { value: jsonValue(configuration, key), origin: configuration.origins[key] }]),
    )
    print(call, json, () => columns(rows.map(({ key, value, origin }) => [key, value, origin])))
    for (const warning of configuration.warnings) around.err(`warning: ${warning}\n`)
    return EXIT.ok
  },
}

function shown({ values }: Configuration, key: Key): string {
  const text = (SETTINGS[key].kind.show as (value: unknown) => string)(values[key])
  return text === '' ? '(none)' : text
}

/** As it is, but for passwords. */
function jsonValue({ values }: Configuration, key: Key): unknown {
  const { masked } = SETTINGS[key].kind as { masked?: (value: unknown) => unknown }
  return masked === undefined ? values[key] : masked(values[key])
}

function origin({ origins }: Configuration, key: Key): string {
  const { kind, name } = origins[key]
  return name === '' ? kind : `${kind} ${name}`
}
