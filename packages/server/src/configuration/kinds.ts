/** One kind of value: how it is read from whatever a file, the environment or a flag holds. */
export interface Kind<Value> {
  /** How the kind is called, and what it may be. */
  readonly means: string
  /** The default. */
  readonly initial: Value
  /** Reads text or what YAML made of it. Throws Unreadable, which says what it must be. */
  read(given: unknown): Value
  /** How a settled value is shown, secrets masked. */
  show(value: Value): string
  /** The value without its secrets; absent where it can hold none. */
  masked?(value: Value): Value
}

/** Completes the sentence "KEY …". */
export class Unreadable extends Error {}

export interface Setting<Value> {
  /** Behind `ASSENT_`, and lower case with dashes as a flag. */
  readonly name: string
  readonly kind: Kind<Value>
  readonly description: string
  readonly unit: string | undefined
  /** A variable that other programs read, too; those of ours win over it. */
  readonly variable: string | undefined
}

export function setting<Value>(
  name: string,
  kind: Kind<Value>,
  description: string,
  unit = name.endsWith('_SECS') ? 'seconds' : undefined,
  variable?: string,
): Setting<Value> {
  return { name, kind, description, unit, variable }
}

export function text(initial: string): Kind<string> {
  return {
    means: 'text',
    initial,
    read(given) {
      if (typeof given === 'string' && given.trim() !== '') return given.trim()
      throw new Unreadable(`must be text and is ${shown(given)}`)
    },
    show: (value) => value,
  }
}

/** A whole number. */
export function number(initial: number, least: number, most: number): Kind<number> {
  return numeric(initial, least, most, 'a whole number', Number.isInteger)
}

/** Seconds, fractions included. */
export function seconds(initial: number, least: number, most: number): Kind<number> {
  return numeric(initial, least, most, 'a number', Number.isFinite)
}

function numeric(
  initial: number,
  least: number,
  most: number,
  noun: string,
  fits: (value: number) => boolean,
): Kind<number> {
  const means = `${noun} from ${least} to ${most}`
  return {
    means,
    initial,
    read(given) {
      const isText = typeof given === 'string' && /^[+-]?\d+(\.\d+)?$/.test(given.trim())
      const value = isText ? Number(given) : given
      if (typeof value === 'number' && fits(value) && value >= least && value <= most) return value
      throw new Unreadable(`must be ${means} and is ${shown(given)}${kubernetesHint(given)}`)
    },
    show: String,
  }
}

export function flag(initial: boolean): Kind<boolean> {
  const words: Readonly<Record<string, boolean>> = {
    true: true,
    false: false,
    1: true,
    0: false,
    yes: true,
    no: false,
  }
  return {
    means: 'true or false',
    initial,
    read(given) {
      const value = typeof given === 'boolean' ? given : words[String(given).trim().toLowerCase()]
      if (value !== undefined) return value
      throw new Unreadable(`must be true or false and is ${shown(given)}`)
    },
    show: String,
  }
}

/** One of several words, or another word for one of them. */
export function word<const Word extends string>(
  words: readonly Word[],
  initial: NoInfer<Word>,
  alias: Readonly<Record<string, NoInfer<Word>>> = {},
): Kind<Word> {
  const means = `one of ${words.join(', ')}`
  return {
    means,
    initial,
    read(given) {
      const said = String(given).trim().toLowerCase()
      const value =
        words.find((one) => one === said) ?? (Object.hasOwn(alias, said) ? alias[said] : undefined)
      if (value !== undefined) return value
      throw new Unreadable(`must be ${means} and is ${shown(given)}`)
    },
    show: String,
  }
}

/** Several words, each as it is written: in the file a list, elsewhere with commas. */
export function words(initial: readonly string[]): Kind<readonly string[]> {
  return {
    means: 'a list of words, with commas outside of the file',
    initial,
    read: (given) => Object.freeze(parts(given, 'words')),
    show: (value) => value.join(', '),
  }
}

/** What a list holds, in the file or with commas. */
export function parts(given: unknown, noun: string): string[] {
  const list: unknown = typeof given === 'string' ? given.split(',') : given
  if (!Array.isArray(list)) throw new Unreadable(`must be a list of ${noun} and is ${shown(given)}`)
  return list.map((part) => String(part).trim()).filter((part) => part !== '')
}

/** Origins: in the file a list, elsewhere with commas. `isAlso` says what else is taken as it is. */
export function origins(
  initial: readonly string[],
  isAlso: (part: string) => boolean = () => false,
): Kind<readonly string[]> {
  return {
    means: 'a list of origins, with commas outside of the file',
    initial,
    read(given) {
      const read = parts(given, 'origins')
      const wrong = read.find((part) => !isAlso(part) && !isOrigin(part))
      if (wrong === undefined) return Object.freeze(read)
      throw new Unreadable(`must be a list of origins such as https://host:8443, and holds ${shown(wrong)}`)
    },
    show: (value) => value.join(', '),
  }
}

/** A scheme and a host, perhaps a port, and nothing behind them. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return (
    url !== null &&
    url.host !== '' &&
    url.username === '' &&
    `${url.protocol}//${url.host}` === text.replace(/\/$/, '').toLowerCase()
  )
}

export function shown(given: unknown): string {
  return given === null || given === undefined ? 'empty' : JSON.stringify(given)
}

/** Kubernetes sets `NAME_PORT=tcp://…` for a service NAME, which may well be called assent-http. */
function kubernetesHint(given: unknown): string {
  return typeof given === 'string' && given.startsWith('tcp://')
    ? ' (Kubernetes sets this for a service of that name: set enableServiceLinks to false in the pod)'
    : ''
}
