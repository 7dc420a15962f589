import { parseArgs } from 'node:util'
import { nearestName } from '@assent/contract'
import { type Command, type Given, UsageError } from './command.ts'

/** Reads what follows the words of a command. Throws UsageError. */
export function parse(command: Command, rest: readonly string[]): { arguments: string[]; given: Given } {
  const known = command.options
  const { values, positionals, tokens } = parseArgs({
    args: [...rest],
    options: Object.fromEntries(
      Object.entries(known).map(([name, { value, short, multiple }]) => [
        name,
        {
          type: value === undefined ? ('boolean' as const) : ('string' as const),
          multiple: multiple === true,
          ...(short === undefined ? {} : { short }),
        },
      ]),
    ),
    // Checked below, where the nearest known name can be said.
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) if (token.kind === 'option') check(command, token)
  checkPositionals(command, positionals)
  return { arguments: positionals, given: givenOf(values) }
}

function check(command: Command, token: { name: string; rawName: string; value: string | undefined }): void {
  const option = Object.hasOwn(command.options, token.name) ? command.options[token.name] : undefined
  if (option === undefined) {
    const nearest = nearestName(token.name, Object.keys(command.options))
    throw new UsageError(
      `${token.rawName} is not known${nearest === undefined ? '' : `; did you mean --${nearest}?`}`,
    )
  }
  if (option.value !== undefined && token.value === undefined) {
    throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${option.value}`)
  }
  if (option.value === undefined && token.value !== undefined) {
    throw new UsageError(`${token.rawName} takes no value`)
  }
}

function checkPositionals({ path, arguments: expected }: Command, positionals: readonly string[]): void {
  const missing = expected.slice(positionals.length).find((name) => !name.startsWith('['))
  if (missing !== undefined) throw new UsageError(`${path.join(' ')} needs ${missing}`)
  const surplus = positionals[expected.length]
  if (surplus !== undefined) throw new UsageError(`${path.join(' ')} takes no ${JSON.stringify(surplus)}`)
}

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

function givenOf(values: Values): Given {
  const texts = (name: string): string[] =>
    [values[name]].flat().filter((value): value is string => typeof value === 'string')
  return { texts, text: (name) => texts(name).at(-1), isOn: (name) => values[name] === true }
}
