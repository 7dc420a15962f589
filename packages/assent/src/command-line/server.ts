import { userInfo } from 'node:os'
import type { WireError } from '@assent/contract/schemas'
import { type Given, type Option, type Surroundings, UsageError } from './command.ts'
import { plain } from './table.ts'

const DEFAULT_URL = 'http://127.0.0.1:36789'
/** Beyond what the server itself may wait. */
const ANSWER_TIMEOUT_MS = 30_000

/** The server answered an error of its table. */
export class ErrorAnswered extends Error {
  readonly body: WireError

  constructor(body: WireError) {
    super(sentence(body))
    this.body = body
  }
}

/** No server, or none of ours, answers at the URL. */
export class Unreachable extends Error {}

/** The connection was lost after something was sent: nobody here knows whether it was done. */
export class AnswerLost extends Unreachable {}

/** Options of every command that speaks to a server. */
export const SERVER_OPTIONS: Readonly<Record<string, Option>> = {
  url: { value: 'URL', description: `the server; ASSENT_URL, or else ${DEFAULT_URL}` },
  output: { value: 'table|json', short: 'o', description: 'json is what the server answered' },
}

/** Of every command that changes something. */
export const ACTOR_OPTION: Readonly<Record<string, Option>> = {
  actor: { value: 'NAME', description: 'who asks, for the audit and the history; your user name' },
}

/** The server that a command speaks to. */
export class Server {
  readonly url: string
  readonly #actor: string

  constructor(given: Given, { environment }: Surroundings) {
    const url = (given.text('url') ?? environment.ASSENT_URL ?? DEFAULT_URL).replace(/\/+$/, '')
    if (!URL.canParse(url)) throw new UsageError(`the server's URL is none: ${JSON.stringify(url)}`)
    this.url = url
    this.#actor = given.text('actor') ?? userName()
  }

  get(path: string, waitMs = 0): Promise<Answer> {
    return this.#ask('GET', path, undefined, waitMs)
  }

  post(path: string, body: unknown, waitMs = 0): Promise<Answer> {
    return this.#ask('POST', path, body, waitMs)
  }

  /** The answer as it comes; for event streams. Throws Unreachable, ErrorAnswered. */
  async stream(path: string, headers: Readonly<Record<string, string>>): Promise<Response> {
    const response = await this.#fetch(path, { headers })
    if (response.status >= 400) await readAnswer(response, this.url)
    return response
  }

  async #ask(method: string, path: string, body: unknown, waitMs: number): Promise<Answer> {
    const response = await this.#fetch(path, {
      method,
      headers: {
        'assent-actor': this.#actor,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(waitMs + ANSWER_TIMEOUT_MS),
    })
    return readAnswer(response, this.url)
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.url}${path}`, init)
    } catch (error) {
      const why = reason(error)
      if (NEVER_CONNECTED.has(why)) {
        const message = `no server at ${this.url} (${why}); \`assent start\` runs one`
        throw new Unreachable(message, { cause: error })
      }
      throw new AnswerLost(`no answer came from ${this.url} (${why})`, { cause: error })
    }
  }
}

/** After these, nothing was sent. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

export interface Answer {
  body: unknown
  headers: Headers
}

async function readAnswer(response: Response, url: string): Promise<Answer> {
  const text = await response.text()
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw new Unreachable(`what answers at ${url} is no Assent server: ${plain(text.slice(0, 80))}`, {
      cause: error,
    })
  }
  if (response.ok && isOurs(body)) return { body, headers: response.headers }
  if (typeof (body as WireError | null)?.code === 'string') throw new ErrorAnswered(body as WireError)
  throw new Unreachable(
    `what answers at ${url} is no Assent server: HTTP status ${response.status}, ${plain(text.slice(0, 80))}`,
  )
}

/** All that is asked for here is a transaction, what is left to say of one, or a list. */
function isOurs(body: unknown): boolean {
  return Array.isArray(body) || typeof (body as { gid?: unknown } | null)?.gid === 'string'
}

function reason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return (cause as { code?: string }).code ?? (cause instanceof Error ? cause.message : String(cause))
}

function sentence({ code, message, details }: WireError): string {
  const lines = [`${code}: ${plain(message)}`]
  if (Array.isArray(details)) {
    for (const { path, problem } of details.slice(1)) lines.push(`  ${plain(path)} ${plain(problem)}`)
  } else if (details !== undefined) lines.push(`  ${plain(JSON.stringify(details))}`)
  return lines.join('\n')
}

/** As a header can carry it. */
function userName(): string {
  try {
    return (
      userInfo()
        .username.replace(/[^\x20-\x7e]/g, '?')
        .slice(0, 128) || 'unknown'
    )
  } catch {
    return 'unknown'
  }
}
