import {
  DEFAULT_OPTIONS,
  ID_PATTERN,
  invalidRequest,
  isEnded,
  type Standing,
  type TransactionApi,
  type TransactionView,
} from '@assent/contract'
import { Asker } from './asking.ts'
import type { Question } from './course.ts'
import { events } from './events.ts'
import type { Answer } from './exchange/exchange.ts'
import { type Fetch, fetchExchange } from './exchange/fetch.ts'
import { nodeExchange } from './exchange/node-http.ts'
import { newGid } from './gid.ts'
import { TIMEOUT_MS } from './limits.ts'
import * as answers from './wire/answers.ts'
import { wireNamed } from './wire/names.ts'
import { record, word } from './wire/readers.ts'
import {
  branchToWire,
  listToWire,
  reportToWire,
  resolutionToWire,
  runToWire,
  startToWire,
} from './wire/requests.ts'

export interface HttpApiOptions {
  /** Where the server is, such as `http://assent:36789`; a path is kept before those of the API. */
  url: string
  /** Of every request, such as an authorization. */
  headers?: Readonly<Record<string, string>>
  /** For how long a request is asked again whose answer got lost, beyond what it waits for; 30 seconds by default. */
  timeoutMs?: number
  /** In place of `node:http`: for other platforms, and for connections that need more than a URL. */
  fetch?: Fetch
}

/** The API of a server somewhere else. */
export interface HttpApi extends TransactionApi {
  /** Ends what is under way; nothing can be asked any more. */
  close(): void
}

/**
 * Speaks to a server over HTTP. A request whose answer got lost is asked again with the same gid, which is harmless;
 * when no answer can be had in time, STORE_UNAVAILABLE is thrown, and says nothing of what the server did. Throws
 * TypeError for a URL or headers that are none.
 */
export function httpApi(options: HttpApiOptions): HttpApi {
  const url = serverUrl(options.url)
  const { headers = {}, timeoutMs = TIMEOUT_MS, fetch } = options
  const asker = new Asker({
    exchange: fetch === undefined ? nodeExchange(url) : fetchExchange(url, fetch),
    url: url.origin,
    base: url.pathname.replace(/\/+$/, ''),
    headers: Object.fromEntries(new Headers(headers)),
    timeoutMs,
  })
  return {
    ...commands(asker),
    ...branchCommands(asker),
    ...operating(asker),
    ...reading(asker),
    newGid: () => newGid(),
    close: () => asker.close(),
  }
}

function serverUrl(text: string): URL {
  const url = new URL(text)
  if (url.protocol === 'http:' || url.protocol === 'https:') return url
  throw new TypeError(`the server's URL is neither http nor https: ${url.protocol}//${url.host}`)
}

type Commands = Pick<TransactionApi, 'start' | 'run' | 'submit' | 'abort'>

function commands(asker: Asker): Commands {
  return {
    start: async ({ actor, gid = newGid(), ...request }) =>
      asker.ask(
        command('/api/start', { gid, actor, body: startToWire({ gid, ...request }) }, answers.accepted),
      ),
    run: async ({ actor, waitMs, gid = newGid(), ...request }) =>
      asker.ask(waiting('/api/tx', { gid, actor, body: runToWire({ gid, ...request }), waitMs })),
    submit: ({ gid, actor, waitMs }) =>
      asker.ask(waiting('/api/submit', { gid, actor, body: { gid }, waitMs })),
    abort: ({ gid, reason, actor, waitMs }) =>
      asker.ask(waiting('/api/abort', { gid, actor, body: { gid, reason }, waitMs })),
  }
}

type BranchCommands = Pick<
  TransactionApi,
  'addBranch' | 'tryBranch' | 'confirmBranch' | 'cancelBranch' | 'reportBranch'
>

function branchCommands(asker: Asker): BranchCommands {
  const decide = (path: string): TransactionApi['confirmBranch'] => {
    return ({ gid, branchId, actor }) =>
      asker.ask({
        ...command(path, { gid, actor, body: wireNamed({ gid, branchId }) }, (body, at, { status }) => ({
          ...answers.branchStanding(body, at),
          open: status === 202,
        })),
        callMs: DEFAULT_OPTIONS.requestTimeoutMs,
      })
  }
  return {
    addBranch: async ({ gid, branch, actor }) => {
      const body = { gid, ...branchToWire(branch) }
      return asker.ask(command('/api/branch/add', { gid, actor, body }, answers.branchAccepted))
    },
    tryBranch: async ({ gid, branch, actor }) => {
      const body = { gid, ...branchToWire(branch) }
      return asker.ask({
        ...command('/api/branch/try', { gid, actor, body }, answers.tried),
        callMs: branch.timeoutMs ?? DEFAULT_OPTIONS.requestTimeoutMs,
      })
    },
    confirmBranch: decide('/api/branch/confirm'),
    cancelBranch: decide('/api/branch/cancel'),
    reportBranch: (report) => {
      const path = report.outcome === 'done' ? '/api/branch/succeed' : '/api/branch/fail'
      const { gid, actor } = report
      return asker.ask(command(path, { gid, actor, body: reportToWire(report) }, answers.branchAccepted))
    },
  }
}

/** What an operator does. */
function operating(asker: Asker): Pick<TransactionApi, 'retry' | 'resolve'> {
  return {
    async retry({ gid, branchId, actor }) {
      const path = `/api/tx/${checkedGid(gid)}/retry`
      return asker.ask(command(path, { gid, actor, body: wireNamed({ branchId }) }, answers.accepted))
    },
    async resolve(resolution) {
      const { gid, actor } = resolution
      const path = `/api/tx/${checkedGid(gid)}/resolve`
      return asker.ask(command(path, { gid, actor, body: resolutionToWire(resolution) }, answers.accepted))
    },
  }
}

function reading(asker: Asker): Pick<TransactionApi, 'get' | 'list' | 'ended' | 'events'> {
  return {
    async get({ gid, waitMs }) {
      const path = `/api/tx/${checkedGid(gid)}`
      return asker.ask<TransactionView>({
        method: 'GET',
        ask: (wait) => ({ path: wait === undefined ? path : `${path}?wait=${wait}` }),
        read: (body) => answers.transaction(body, ''),
        wait: { ms: waitMs, isOver: ({ status }) => isEnded(status) },
      })
    },
    list: (query) => {
      const path = `/api/tx?${listToWire(query)}`
      return asker.ask({
        method: 'GET',
        ask: () => ({ path }),
        read: (body, { header }) => {
          const transactions = answers.transactions(body, '')
          const nextCursor = header('x-next-cursor')
          const totalCount = header('x-total-count')
          return {
            transactions,
            ...(nextCursor !== undefined && { nextCursor }),
            ...(totalCount !== undefined && { totalCount: Number(totalCount) }),
          }
        },
      })
    },
    ended: (gids) =>
      asker.ask({
        method: 'POST',
        ask: () => ({ path: '/api/tx/ended', body: { gids } }),
        read: (body) => answers.ended(body, ''),
      }),
    async *events(request) {
      checkedGid(request.gid)
      yield* events(asker, request)
    },
  }
}

interface Sent {
  gid: string
  actor: string | undefined
  body: object
}

function command<Value>(
  path: string,
  { gid, actor, body }: Sent,
  read: (body: unknown, at: string, answer: Answer) => Value,
): Question<Value> {
  const about = record<{ gid: string }>({ gid: word([gid]) })
  return {
    method: 'POST',
    gid,
    actor,
    ask: () => ({ path, body }),
    read: (told, answer) => {
      // An answer about another transaction was meant for somebody else.
      about(told, '')
      return read(told, '', answer)
    },
  }
}

/** A command whose answer may wait for the end of the transaction. */
function waiting(
  path: string,
  { waitMs, ...sent }: Sent & { waitMs: number | undefined },
): Question<Standing> {
  return {
    ...command(path, sent, answers.standing),
    ask: (wait) => ({ path, body: { ...sent.body, wait } }),
    wait: { ms: waitMs, isOver: ({ status }) => isEnded(status) },
  }
}

/** The gid as a part of a path; whatever else it were would be another path. */
function checkedGid(gid: string): string {
  if (ID_PATTERN.test(gid)) return gid
  throw invalidRequest([{ path: 'gid', problem: 'must be 1 to 64 of A-Z a-z 0-9 - _' }])
}
