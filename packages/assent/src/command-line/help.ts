import type { Command, Option } from './command.ts'
import { EXIT, EXIT_MEANINGS } from './exit-codes.ts'
import { columns } from './table.ts'

/** Help at each level: all commands, those of one group, and one command. */

const MOTTO = 'Assent: every service assents, or nothing happens.'

export function helpForAll(commands: readonly Command[]): string {
  return `${MOTTO}

Usage: assent COMMAND [OPTIONS]

${listing(commands)}

Begin here:
  assent start                            a server on http://127.0.0.1:36789 that keeps its data in ./data
  assent tx start transfer.json --wait    one transaction, driven to its end
  assent tx get GID                       what was called, when, and what came of it

\`assent COMMAND --help\` shows options and examples. ASSENT_URL or --url names the server.

${exitCodes()}
`
}

export function helpForGroup(group: readonly string[], commands: readonly Command[]): string {
  return `Usage: assent ${group.join(' ')} COMMAND [OPTIONS]

${listing(commands)}

\`assent ${group.join(' ')} COMMAND --help\` shows options and examples.
`
}

export function helpFor(command: Command): string {
  const usage = ['assent', ...command.path, ...command.arguments, '[OPTIONS]'].join(' ')
  const paragraphs = [command.summary, ...(command.description ?? [])].map((text) => wrapped(text))
  const examples = command.examples.map(({ line, says }) => `  # ${says}\n  ${line}`)
  return `${paragraphs.join('\n\n')}

Usage: ${usage}

Options:
${columns(Object.entries(command.options).map(([name, option]) => [`  ${flag(name, option)}`, option.description]))}

Examples:
${examples.join('\n\n')}
`
}

function listing(commands: readonly Command[]): string {
  const rows = commands.map(({ path, arguments: names, summary }) => [
    `  assent ${[...path, ...names].join(' ')}`,
    summary,
  ])
  return `Commands:\n${columns(rows)}`
}

function flag(name: string, { value, short }: Option): string {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`
  return short === undefined ? `    ${long}` : `-${short}, ${long}`
}

function exitCodes(): string {
  const rows = Object.entries(EXIT).map(([name, code]) => [
    `  ${code}`,
    EXIT_MEANINGS[name as keyof typeof EXIT],
  ])
  return `Exit codes:\n${columns(rows)}`
}

const WIDTH = 88

function wrapped(text: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}
