import { type Assent, assentOver, type Definition, functionsOf } from '@assent/client'
import {
  type Coordinator,
  type CoordinatorParts,
  type CoordinatorSettings,
  openCoordinator,
  systemClock,
} from '@assent/coordinator'
import { http } from '@assent/transport/http'
import { type KafkaOptions, kafka } from '@assent/transport/kafka'
import { local } from '@assent/transport/local'
import { openTransactionOf } from './within.ts'

export interface OpenOptions extends Pick<CoordinatorParts, 'store' | 'observer'> {
  /**
   * Whose functions this process calls. Every process of the application registers the same; a transaction whose
   * definition is not there waits, with attention `DEFINITION_MISSING`, until it is.
   */
  definitions?: readonly Definition[]
  /**
   * The name of this application. On a store that several share, its transactions are driven by processes of that name
   * only, because only they have its functions. `embedded` when absent.
   */
  application?: string
  /**
   * How steps of `kafka({ … })` are called: over which broker, in which topic services reply, and as which group all
   * processes of the application read that. The broker stays the application's, to be closed after this.
   */
  kafka?: Pick<KafkaOptions, 'broker' | 'replies' | 'group' | 'deadLetters'>
  /** Sign each call over HTTP, so that services know who calls: 16 characters or more. */
  secrets?: readonly string[]
  /** How the coordinator behaves, where it differs from the usual. */
  settings?: Partial<Omit<CoordinatorSettings, 'application'>>
}

/** Transactions by their definitions, driven in this process. */
export interface Embedded extends Assent {
  state(): ReturnType<Coordinator['state']>
}

/**
 * Embedded mode: a coordinator in this process, at work. What an earlier process left unfinished on the same store is
 * taken up at once. Throws AssentError STORE_IN_USE, STORE_INVALID, STORE_UNAVAILABLE.
 *
 *     await using assent = await open({ store: sqlite('data'), definitions: [order] })
 *     const ended = await assent.run(order, { sku: 'a', quantity: 2 })
 */
export async function open(options: OpenOptions): Promise<Embedded> {
  const { store, observer, definitions = [], application = 'embedded', settings } = options
  const coordinator = await openCoordinator({
    store,
    transports: transportsOf(options, definitions),
    clock: systemClock,
    ...(observer && { observer }),
    settings: { ...settings, application },
  })
  const assent = assentOver(coordinator, {
    definitions,
    address: 'local:',
    startWithin: (request, transaction) => coordinator.startWithin(request, openTransactionOf(transaction)),
    close: () => coordinator.close(),
  })
  return Object.assign(assent, { state: () => coordinator.state() })
}

function transportsOf({ secrets, kafka: over, observer }: OpenOptions, definitions: readonly Definition[]) {
  const clock = systemClock
  return [
    local(functionsOf(definitions), { clock }),
    http({ clock, ...(secrets && { secrets }) }),
    ...(over ? [kafka({ ...over, clock, ...(observer && { observer }) })] : []),
  ]
}
