import { nearestName } from '@assent/contract'
import { environmentLayer } from './environment.ts'
import { fileLayer } from './file.ts'
import { Unreadable } from './kinds.ts'
import { type Found, type Layer, notKnown, type Origin } from './layer.ts'
import { KEYS, type Key, SETTINGS, type Values } from './settings.ts'

/** The settled configuration: read once, frozen, handed down. */
export interface Configuration {
  readonly values: Values
  readonly origins: Readonly<Record<Key, Origin>>
  /** What was given and is ignored, told once at start. */
  readonly warnings: readonly string[]
}

/** What is wrong with a configuration: every problem at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(
      `the configuration can not be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
      options,
    )
    this.problems = problems
  }
}

export interface ConfigurationSources {
  /** Flags by the name of the setting in lower case with dashes, such as `http-port`. */
  flags?: Readonly<Record<string, string | undefined>>
  environment?: Readonly<Record<string, string | undefined>>
  /** A file that must exist; without it conf.yaml is read from `folder` when it is there. */
  file?: string
  folder?: string
}

/** Reads the file, then the environment, then the flags. Throws ConfigurationError. */
export function readConfiguration(sources: ConfigurationSources): Configuration {
  const { flags = {}, environment = {}, folder = process.cwd() } = sources
  const problems: string[] = []
  const warnings: string[] = []
  const file = sources.file ?? environment.ASSENT_CONFIG
  const layers = [
    fileLayer(file, folder, problems),
    environmentLayer(environment, problems, warnings),
    flagLayer(flags, problems),
  ]
  const values: Record<string, unknown> = {}
  const origins = {} as Record<Key, Origin>
  for (const key of KEYS) {
    const { kind } = SETTINGS[key]
    values[key] = kind.initial
    origins[key] = { kind: 'default', name: '' }
    for (const layer of layers) {
      const one = layer.get(key)
      if (one === undefined) continue
      try {
        values[key] = kind.read(one.given)
        origins[key] = one.origin
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error
        problems.push(`${key} ${error.message}, in ${one.origin.name}`)
      }
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems)
  return Object.freeze({ values: Object.freeze(values as Values), origins: Object.freeze(origins), warnings })
}

/** `server.http_port` as a flag: `http-port`. */
export function flagOf(key: Key): string {
  return SETTINGS[key].name.toLowerCase().replaceAll('_', '-')
}

function flagLayer(flags: Readonly<Record<string, string | undefined>>, problems: string[]): Layer {
  const byFlag = new Map(KEYS.map((key) => [flagOf(key), key]))
  const layer: Found = new Map()
  for (const [name, given] of Object.entries(flags)) {
    if (given === undefined) continue
    const key = byFlag.get(name)
    if (key === undefined)
      problems.push(notKnown(`the flag --${name}`, nearestName(name, [...byFlag.keys()]), '--'))
    else layer.set(key, { given, origin: { kind: 'flag', name: `--${name}` } })
  }
  return layer
}
