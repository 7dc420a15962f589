import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DatabaseSync } from 'node:sqlite'
import { type Barrier, isRefused, type Json, Refused } from 'assent/participant'
import type { Account, Bank } from './bank.ts'
import type { Books } from './books.ts'
import { readAccountId, readCents } from './operations.ts'

const PAGE_DEFAULT = 100
const PAGE_MAX = 10_000
const BODY_MAX_BYTES = 64 * 1024

interface Reply {
  status: number
  body: unknown
}

const ROUTES = {
  'GET /accounts': 'the accounts; ?after=ID&limit=N',
  'GET /accounts/ID': 'one account',
  'POST /accounts': 'opens an account: {"id", "cents"}',
  'POST /accounts/ID/close': 'closes it, unless a transfer holds it',
  'GET /ledger': 'what was ever done; ?gid=GID&after=LINE&limit=N',
  'GET /audit': 'whether the ledger adds up, and whether anything was applied twice',
  'POST /withdraw/OP, /deposit/OP': 'for the coordinator: action, compensate, try, confirm, cancel',
}

/** Everything about a bank that needs no coordinator. */
export class Desk {
  readonly #name: string
  readonly #bank: Bank
  readonly #books: Books
  readonly #barrier: Barrier<DatabaseSync>

  constructor(name: string, bank: Bank, books: Books, barrier: Barrier<DatabaseSync>) {
    this.#name = name
    this.#bank = bank
    this.#books = books
    this.#barrier = barrier
  }

  /** Never rejects. */
  async serve(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    let reply: Reply
    try {
      reply = await this.#answer(url, request)
    } catch (error) {
      reply = replyTo(error)
      if (reply.status === 500) console.error(`bank ${this.#name}:`, error)
    }
    response.writeHead(reply.status, { 'content-type': 'application/json' })
    response.end(`${JSON.stringify(reply.body)}\n`)
  }

  async #answer(url: URL, request: IncomingMessage): Promise<Reply> {
    const id = url.pathname.split('/')[2]
    switch (`${request.method} ${url.pathname.replace(/^\/accounts\/[^/]+/, '/accounts/ID')}`) {
      case 'GET /':
        return { status: 200, body: { bank: this.#name, routes: ROUTES } }
      case 'GET /health':
        return { status: 200, body: { bank: this.#name, status: 'healthy' } }
      case 'GET /accounts':
        return {
          status: 200,
          body: this.#bank.accounts(url.searchParams.get('after') ?? '', limitOf(url)).map(shown),
        }
      case 'GET /accounts/ID':
        return { status: 200, body: shown(this.#bank.account(readAccountId(id))) }
      case 'POST /accounts':
        return { status: 201, body: await this.#open(await readBody(request)) }
      case 'POST /accounts/ID/close': {
        const account = readAccountId(id)
        return { status: 200, body: await this.#barrier.transaction(() => shown(this.#bank.close(account))) }
      }
      case 'GET /ledger':
        return { status: 200, body: this.#ledger(url) }
      case 'GET /audit':
        return { status: 200, body: { bank: this.#name, ...this.#books.audit() } }
      default:
        throw new Refused(
          'UNKNOWN_ROUTE',
          `there is no ${request.method} ${url.pathname} here; GET / names the routes`,
        )
    }
  }

  #open(body: Json): Promise<Json> {
    const { id, cents } = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {}
    const account = readAccountId(id)
    const opening = cents === 0 ? 0 : readCents(cents)
    return this.#barrier.transaction(() => shown(this.#bank.open(account, opening)))
  }

  #ledger(url: URL) {
    const gid = url.searchParams.get('gid') ?? undefined
    return this.#books.lines({ gid, after: numberOf(url, 'after', 0), limit: limitOf(url) })
  }
}

function shown(account: Account | undefined): Json {
  if (!account) throw new Refused('UNKNOWN_ACCOUNT', 'there is no such account')
  const { id, status, balanceCents, heldCents } = account
  return {
    id,
    status,
    balance_cents: balanceCents,
    held_cents: heldCents,
    available_cents: balanceCents - heldCents,
  }
}

function limitOf(url: URL): number {
  return Math.min(numberOf(url, 'limit', PAGE_DEFAULT), PAGE_MAX)
}

function numberOf(url: URL, name: string, otherwise: number): number {
  const text = url.searchParams.get(name)
  if (text === null) return otherwise
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new Refused('INVALID_REQUEST', `${name} must be a whole number`)
  }
  return number
}

async function readBody(request: IncomingMessage): Promise<Json> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > BODY_MAX_BYTES) throw new Refused('INVALID_REQUEST', 'the body is too long')
  }
  const body = parsed(text)
  if (body === undefined) throw new Refused('INVALID_REQUEST', 'the body is no JSON')
  return body
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  UNKNOWN_ACCOUNT: 404,
  UNKNOWN_ROUTE: 404,
  ACCOUNT_EXISTS: 409,
  ACCOUNT_IN_USE: 409,
}

function replyTo(error: unknown): Reply {
  if (!isRefused(error)) return { status: 500, body: { code: 'INTERNAL', message: 'the bank failed' } }
  return { status: STATUS_BY_CODE[error.code] ?? 400, body: { code: error.code, message: error.message } }
}
