import { isAssentError, nearestName } from '@assent/contract'
import { ConfigurationError } from '@assent/server/configuration'
import { VERSION } from '@assent/server/version'
import { type Command, type Surroundings, UsageError } from './command.ts'
import { COMMANDS } from './commands.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { helpFor, helpForAll, helpForGroup } from './help.ts'
import { parse } from './parse.ts'
import { ErrorAnswered, Unreachable } from './server.ts'

/** Runs one command line, without the `assent` before it. Never throws. */
export async function run(words: readonly string[], around: Surroundings): Promise<ExitCode> {
  try {
    return await dispatch(words, around)
  } catch (error) {
    return told(error, around, words.includes('json') || words.includes('--output=json'))
  }
}

async function dispatch(words: readonly string[], around: Surroundings): Promise<ExitCode> {
  if (words[0] === '--version' || words[0] === '-V') {
    around.out(`${VERSION}\n`)
    return EXIT.ok
  }
  const isHelp = words[0] === 'help' || words.some((word) => word === '--help' || word === '-h')
  const asked = words[0] === 'help' ? words.slice(1) : words
  const command = commandOf(asked)
  if (command !== undefined && !isHelp) {
    const { arguments: positionals, given } = parse(command, asked.slice(command.path.length))
    return command.run({ arguments: positionals, given, around })
  }
  if (command !== undefined) {
    around.out(helpFor(command))
    return EXIT.ok
  }
  const path = asked.filter((word) => !word.startsWith('-'))
  const group = COMMANDS.filter((one) => path.every((word, index) => one.path[index] === word))
  if (group.length === 0) throw notKnown(path)
  around.out(path.length === 0 ? helpForAll(COMMANDS) : helpForGroup(path, group))
  return isHelp || words.length === 0 ? EXIT.ok : EXIT.usage
}

function commandOf(words: readonly string[]): Command | undefined {
  return COMMANDS.find(({ path }) => path.every((word, index) => words[index] === word))
}

function notKnown(path: readonly string[]): UsageError {
  const spoken = path.slice(0, 2).join(' ')
  const nearest =
    nearestName(
      spoken,
      COMMANDS.map((command) => command.path.join(' ')),
    ) ?? nearestName(path[0] ?? '', [...new Set(COMMANDS.map((command) => command.path[0] ?? ''))])
  return new UsageError(
    `there is no command ${JSON.stringify(spoken)}${nearest === undefined ? '' : `; did you mean assent ${nearest}?`}`,
  )
}

/** Says what went wrong, for people or as JSON, and what the process ends with. */
function told(error: unknown, around: Surroundings, asJson: boolean): ExitCode {
  if (error instanceof ErrorAnswered) {
    around.err(asJson ? `${JSON.stringify(error.body, null, 2)}\n` : `${error.message}\n`)
    return EXIT.failed
  }
  const message = error instanceof Error ? error.message : String(error)
  around.err(asJson ? `${JSON.stringify({ message })}\n` : `assent: ${message}\n`)
  if (error instanceof UsageError) {
    if (!asJson) around.err('Try assent --help.\n')
    return EXIT.usage
  }
  if (error instanceof ConfigurationError) return EXIT.usage
  if (error instanceof Unreachable) return EXIT.unreachable
  if (error instanceof Error && error.name === 'PortTaken') return EXIT.portTaken
  if (isAssentError(error) && (error.code === 'STORE_IN_USE' || error.code === 'STORE_INVALID'))
    return EXIT.store
  return EXIT.failed
}
