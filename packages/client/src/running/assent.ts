import { AssentError, DEFAULT_OPTIONS, invalidRequest, type TransactionApi } from '@assent/contract'
import { addressOf } from '../definitions/address.ts'
import type { Definition } from '../definitions/definition.ts'
import type { InputOf, StepTypes, TypedDefinition } from '../definitions/typed.ts'
import { type Ended, endedOf } from './ended.ts'
import { type Handle, handleOf } from './handle.ts'
import { begin, type Held } from './held.ts'
import { requestOf, type StartOptions } from './request.ts'
import { type LocalPart, type Sent, send } from './send.ts'

export interface RunOptions extends StartOptions {
  /** How long to wait for the end, milliseconds; phase one's deadline and 30 s more when absent. */
  waitMs?: number
}

export interface StartWithinOptions extends StartOptions {
  /**
   * An open transaction of the database that holds the store: the transaction is accepted if and only if that one
   * commits. Embedded only.
   */
  within?: unknown
}

/** Any tcc or xa. */
export type TwoPhase = TypedDefinition<unknown, StepTypes, 'tcc' | 'xa'>
/** Any message. */
export type AnyMessage = TypedDefinition<unknown, StepTypes, 'message'>

/**
 * Transactions by their definitions: embedded (`open()`) or against a server (`connect()`), it is the same.
 * Every method throws AssentError: INVALID_REQUEST for an input that does not fit, CONFLICT for a gid that is in use
 * with another one, STORE_UNAVAILABLE where it is not known whether anything was accepted: repeat it with the same gid.
 */
export interface Assent extends AsyncDisposable {
  /**
   * Starts a transaction and waits for its end. Throws NOT_ENDED when that takes too long; the transaction goes on.
   *
   *     const ended = await assent.run(order, { sku: 'a', quantity: 2 }, { gid: 'order-17' })
   *     if (ended.status === 'ABORTED') console.log(ended.failedBranch, ended.refusal.code)
   */
  run<Kind extends Definition>(
    definition: Kind,
    input: InputOf<Kind>,
    options?: RunOptions,
  ): Promise<Ended<Kind>>
  /** Starts a transaction; when this resolves it is kept, and goes on whatever happens here. */
  start<Kind extends Definition>(
    definition: Kind,
    input: InputOf<Kind>,
    options?: StartWithinOptions,
  ): Promise<Handle<Kind>>
  /** Opens a tcc or an xa whose steps are tried one by one; left early, it is aborted. */
  begin<Kind extends TwoPhase>(
    definition: Kind,
    input: InputOf<Kind>,
    options?: StartOptions,
  ): Promise<Held<Kind>>
  /** Sends a two-phase message together with a local database transaction: both happen or neither does. */
  send<Kind extends AnyMessage, Work>(
    definition: Kind,
    input: InputOf<Kind>,
    local: LocalPart<Work> & StartOptions,
  ): Promise<Sent>
  /** The transaction of a gid that was started before, as its definition has it. */
  handle<Kind extends Definition>(definition: Kind, gid: string): Handle<Kind>
  /** The same without definitions: branches by URL, lists, and what operators need. */
  readonly transactions: TransactionApi
  /** Lets go of everything; what was accepted stays so. */
  close(): Promise<void>
}

export interface AssentParts {
  definitions: readonly Definition[]
  /** Where their functions are called: `local:`, or the URL of whoever serves them, with its slash. */
  address: string
  /** Starts a transaction within the caller's own database transaction. */
  startWithin?: (
    request: Awaited<ReturnType<typeof requestOf>>,
    transaction: unknown,
  ) => Promise<{ gid: string }>
  close?: () => Promise<void>
}

/** Speaks of definitions to whoever answers to `TransactionApi`. */
export function assentOver(api: TransactionApi, parts: AssentParts): Assent {
  const { address, startWithin, close = async () => {} } = parts
  const known = new Set(parts.definitions.map((definition) => addressOf(definition)))
  const request = (definition: Definition, input: unknown, options: StartOptions) => {
    requireServed(definition, known)
    return requestOf(definition, input, { ...options, address })
  }
  return {
    async run(definition, input, { waitMs, ...options } = {}) {
      const running = await request(definition, input, options)
      const { timeoutToFailMs = DEFAULT_OPTIONS.timeoutToFailMs } = running.options ?? {}
      return endedOf(
        definition,
        await api.run({ ...running, waitMs: waitMs ?? timeoutToFailMs + WAIT_BEYOND_MS }),
      )
    },
    async start(definition, input, { within, ...options } = {}) {
      const starting = await request(definition, input, options)
      if (within === undefined) return handleOf(api, definition, (await api.run(starting)).gid)
      if (startWithin === undefined) {
        const problem = 'needs a coordinator in this process: the store of a server is out of reach'
        throw invalidRequest([{ path: 'within', problem }])
      }
      return handleOf(api, definition, (await startWithin(starting, within)).gid)
    },
    async begin(definition, input, options = {}) {
      return begin(api, definition, await request(definition, input, options))
    },
    async send(definition, input, { barrier, work, ...options }) {
      return send(api, await request(definition, input, options), { barrier, work })
    },
    handle: (definition, gid) => handleOf(api, definition, gid),
    transactions: api,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** How much longer than phase one may take the end of a transaction is waited for. */
const WAIT_BEYOND_MS = 30_000

/** Functions are called by what was registered; one that was not would never be. */
function requireServed(definition: Definition, known: ReadonlySet<string>): void {
  const hasOwn =
    definition.steps.some(({ calls }) => calls.kind === 'own') || typeof definition.query === 'function'
  if (!hasOwn || known.has(addressOf(definition))) return
  const { name, version } = definition
  throw new AssentError(
    'INVALID_REQUEST',
    `definition ${name} (version ${version}) has functions, and is not among the definitions that are served here`,
  )
}
