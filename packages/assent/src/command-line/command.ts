import type { ExitCode } from './exit-codes.ts'

/** What a command has of the process around it. */
export interface Surroundings {
  out(text: string): void
  err(text: string): void
  /** Standard input, whole. */
  input(): Promise<string>
  environment: Readonly<Record<string, string | undefined>>
  folder: string
}

export interface Option {
  /** What stands for its value in the help; without it the option is a switch. */
  value?: string
  short?: string
  /** May be given several times. */
  multiple?: boolean
  description: string
}

/** What was given for the options of a command. */
export interface Given {
  /** The last value of an option; undefined when it was not given. */
  text(name: string): string | undefined
  texts(name: string): readonly string[]
  isOn(name: string): boolean
}

export interface Command {
  /** The words that name it, such as `tx get`. */
  path: readonly string[]
  summary: string
  /** More than the summary says, one paragraph for each entry. */
  description?: readonly string[]
  /** Positional arguments, as the help writes them: `GID`, or `[FILE]` where it may be left out. */
  arguments: readonly string[]
  options: Readonly<Record<string, Option>>
  examples: readonly { line: string; says: string }[]
  run(call: Call): Promise<ExitCode>
}

export interface Call {
  arguments: readonly string[]
  given: Given
  around: Surroundings
}

/** The command line is wrong; said with where to read on. */
export class UsageError extends Error {}
