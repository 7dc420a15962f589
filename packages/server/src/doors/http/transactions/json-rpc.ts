import { type Problem, type TransactionApi, WAIT_MAX_MS } from '@assent/contract'
import { AbortBody, NoFields, StartBody, SubmitBody } from '@assent/contract/schemas'
import type { Static, TSchema } from 'typebox'
import { errorAnswer, INTERNAL, isKnown } from '../errors.ts'
import { RPC_BATCH_MAX } from '../limits.ts'
import { problemsOf } from '../problems.ts'
import { compile } from '../validation.ts'
import { startFromWire, waitMs } from './wire.ts'
import { acceptedToWire, standingToWire } from './wire-answers.ts'

/** JSON-RPC 2.0: https://www.jsonrpc.org/specification */

export const RPC_ERRORS = {
  parse: { code: -32_700, message: 'Parse error' },
  request: { code: -32_600, message: 'Invalid Request' },
  method: { code: -32_601, message: 'Method not found' },
  params: { code: -32_602, message: 'Invalid params' },
  /** Everything of the error table; `data.code` says which. */
  assent: { code: -32_000, message: 'Server error' },
} as const

type Id = string | number | null
type RpcError = { code: number; message: string; data?: unknown }
export type RpcAnswer = { jsonrpc: '2.0'; id: Id } & ({ result: unknown } | { error: RpcError })

/** Who calls, and how long the answers to all calls of a batch may still wait. */
interface Calling {
  actor: string
  waitUntil: number
}

/** Without a prototype, or `constructor` would be a method. */
type Procedures = Readonly<Record<string, Procedure | undefined>>
type Procedure = (params: unknown, calling: Calling) => Promise<unknown>

/** Answers one request or a batch, in order; undefined when nothing but notifications came. */
export type Rpc = (request: unknown, actor: string) => Promise<RpcAnswer | RpcAnswer[] | undefined>

export function rpc(api: TransactionApi, fault: (thrown: unknown) => void): Rpc {
  const procedures = proceduresOf(api)
  return async (request, actor) => {
    const calling = { actor, waitUntil: performance.now() + WAIT_MAX_MS }
    if (!Array.isArray(request)) return answer(procedures, request, calling, fault)
    if (request.length === 0) return failure(null, RPC_ERRORS.request, 'a batch holds at least one request')
    if (request.length > RPC_BATCH_MAX) {
      return failure(null, RPC_ERRORS.request, `a batch holds at most ${RPC_BATCH_MAX} requests`)
    }
    const answers: RpcAnswer[] = []
    // One after the other: a batch may start a transaction and then submit it.
    for (const one of request) {
      const answered = await answer(procedures, one, calling, fault)
      if (answered !== undefined) answers.push(answered)
    }
    return answers.length === 0 ? undefined : answers
  }
}

export function failure(id: Id, { code, message }: RpcError, data?: unknown): RpcAnswer {
  return { jsonrpc: '2.0', id, error: data === undefined ? { code, message } : { code, message, data } }
}

function proceduresOf(api: TransactionApi): Procedures {
  return {
    __proto__: null as never,
    start: checked(StartBody, async (params, { actor }) =>
      acceptedToWire(await api.start({ ...startFromWire(params), actor })),
    ),
    submit: checked(SubmitBody, async ({ gid, wait }, { actor, waitUntil }) =>
      standingToWire(await api.submit({ gid, waitMs: capped(wait, waitUntil), actor })),
    ),
    abort: checked(AbortBody, async ({ gid, reason, wait }, { actor, waitUntil }) =>
      standingToWire(await api.abort({ gid, reason, waitMs: capped(wait, waitUntil), actor })),
    ),
    newGid: checked(NoFields, async () => ({ gid: api.newGid() })),
  }
}

/** The waits of a batch together are bounded like one. */
function capped(wait: boolean | number | undefined, waitUntil: number): number | undefined {
  const asked = waitMs(wait)
  return asked === undefined
    ? undefined
    : Math.max(0, Math.min(asked, Math.floor(waitUntil - performance.now())))
}

/** Thrown inside, answered as -32602. */
class InvalidParams {
  readonly problems: Problem[]
  constructor(problems: Problem[]) {
    this.problems = problems
  }
}

function checked<Params extends TSchema>(
  schema: Params,
  procedure: (params: Static<Params>, calling: Calling) => Promise<unknown>,
): Procedure {
  const validate = compile(schema, 'body')
  return (params, calling) => {
    if (!validate(params)) throw new InvalidParams(problemsOf(validate.errors ?? []))
    return procedure(params as Static<Params>, calling)
  }
}

async function answer(
  procedures: Procedures,
  request: unknown,
  calling: Calling,
  fault: (thrown: unknown) => void,
): Promise<RpcAnswer | undefined> {
  if (!isRequest(request)) return failure(idOf(request), RPC_ERRORS.request)
  const { method, params = {} } = request
  // A request without an id is a notification: done, and not answered.
  const notified = !Object.hasOwn(request, 'id')
  const id = idOf(request)
  try {
    const procedure = procedures[method]
    if (procedure === undefined) {
      return notified ? undefined : failure(id, RPC_ERRORS.method, { methods: Object.keys(procedures) })
    }
    const result = await procedure(params, calling)
    return notified ? undefined : { jsonrpc: '2.0', id, result }
  } catch (thrown) {
    const told = errorOf(thrown, fault)
    return notified ? undefined : failure(id, told, told.data)
  }
}

function errorOf(thrown: unknown, fault: (thrown: unknown) => void): RpcError {
  if (thrown instanceof InvalidParams) return { ...RPC_ERRORS.params, data: { details: thrown.problems } }
  if (!isKnown(thrown)) {
    fault(thrown)
    return { code: RPC_ERRORS.assent.code, message: INTERNAL.body.message, data: INTERNAL.body }
  }
  const { body } = errorAnswer(thrown)
  if (thrown.code === 'INVALID_REQUEST')
    return { ...RPC_ERRORS.params, data: { code: body.code, details: body.details } }
  return { code: RPC_ERRORS.assent.code, message: body.message, data: body }
}

interface RpcRequest {
  method: string
  params?: unknown
}

function isRequest(request: unknown): request is RpcRequest {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) return false
  const { jsonrpc, method } = request as Record<string, unknown>
  return jsonrpc === '2.0' && typeof method === 'string' && idOf(request) !== undefined
}

/** The id of a request, null where it has none or none that may be given back. */
function idOf(request: unknown): Id {
  const id = (request as { id?: unknown } | null)?.id
  return typeof id === 'string' || typeof id === 'number' ? id : null
}
