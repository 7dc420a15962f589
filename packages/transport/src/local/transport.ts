import type { CancelSignal } from '@assent/contract'
import type { Call, CallAnswer, Clock, Transport } from '@assent/engine'
import { definitionMissing } from '../answers.ts'
import { localName } from './address.ts'
import { exchange } from './exchange.ts'
import type { LocalFunctions } from './function.ts'
import { LOCAL_GRACE_MS } from './limits.ts'

export interface LocalOptions {
  clock: Clock
  /** How long a function is waited for that was signalled because its time was over. */
  graceMs?: number
}

/**
 * Calls branches that are functions in this process, by URLs such as `local:bank/debit`. A call takes at
 * most its `timeoutMs` and the grace. A function that isn't registered is not called: the call is held.
 *
 *     const functions = new Map([['bank/debit', async ({ body }) => debit(body)]])
 *     const transport = local(functions, { clock })
 */
export function local(functions: LocalFunctions, options: LocalOptions): Transport {
  const { clock, graceMs = LOCAL_GRACE_MS } = options
  return {
    schemes: ['local:'],

    async call(call: Call, signal: CancelSignal): Promise<CallAnswer> {
      const name = localName(call.url)
      const run = name === undefined ? undefined : functions.get(name)
      if (run === undefined) return definitionMissing()
      return exchange(run, call, signal, { clock, graceMs })
    },

    async close(): Promise<void> {
      // Nothing is held: what still runs is waited for by whoever called it.
    },
  }
}
