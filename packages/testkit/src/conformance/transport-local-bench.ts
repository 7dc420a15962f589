import { ongoing, Refused } from '@assent/contract'
import { systemClock } from '@assent/coordinator'
import type { Transport } from '@assent/engine'
import { type LocalFunction, local } from '@assent/transport/local'
import type { Behaviour, TransportBench } from './transport-bench.ts'

const GRACE_MS = 50

/** Participants as functions in this process; `wrap` may come between the suite and the transport. */
export async function openLocalBench(
  wrap: (transport: Transport) => Transport = (transport) => transport,
): Promise<TransportBench> {
  const functions = new Map<string, LocalFunction>()
  const transport = wrap(local(functions, { clock: systemClock, graceMs: GRACE_MS }))
  return {
    transport,
    graceMs: GRACE_MS,
    async participant(behaviour) {
      const name = `participant-${functions.size}`
      if (behaviour.does !== 'be absent') functions.set(name, functionFor(behaviour))
      return `local:${name}`
    },
    close: () => transport.close(),
  }
}

function functionFor(behaviour: Behaviour): LocalFunction {
  return async ({ body, headers }) => {
    switch (behaviour.does) {
      case 'succeed':
        return behaviour.result
      case 'repeat': {
        const received = structuredClone({ body, headers })
        Object.assign(body as object, { amount: 'changed' })
        Object.assign(headers, { 'assent-gid': 'changed' })
        return received
      }
      case 'refuse': {
        const { code = '', message, details } = behaviour.refusal
        throw new Refused(code, message, details)
      }
      case 'go on':
        return ongoing()
      case 'fail':
        throw new Error(behaviour.message)
      case 'dawdle':
        await new Promise((resolve) => setTimeout(resolve, behaviour.ms))
        return 'late'
      case 'hang':
        return new Promise(() => {})
      case 'break off':
      case 'answer over-long':
      case 'answer without end':
      case 'be absent':
        throw new Error(`a function can not ${behaviour.does}`)
    }
  }
}

const NO_BYTES = 'a function returns a value: there are no bytes that could go on or break off'

/** What a function can't do to its caller. */
export const LOCAL_EXEMPTS = [
  { title: 'an answer without end is unknown when the time of the call is over', reason: NO_BYTES },
  { title: 'an answer that is over-long is unknown, and not read to its end', reason: NO_BYTES },
  { title: 'an answer that breaks off is unknown', reason: NO_BYTES },
] as const
