import type { Engine } from '@assent/coordinator'
import type { Identity, Store, Transport } from '@assent/engine'
import type { decide } from '@assent/participant'
import type { SimulatedProcess } from '../../time/process.ts'
import type { PromiseNumber } from '../promises/promise.ts'

/** A fault that is planted through a port, or by wrapping what decides; never in a copy of the code. */
export interface Plant {
  name: string
  /** The promises of which at least one checker must catch it. */
  breaks: readonly PromiseNumber[]
  engine?: (engine: Engine) => Engine
  store?: (store: Store, process: SimulatedProcess) => Store
  /** How branches are called through a message broker, and answers come in. */
  transport?: (transport: Transport) => Transport
  identity?: (identity: Identity) => Identity
  /** The barrier's decision. */
  decide?: typeof decide
  /** Participants delete barrier rows that are older than this, and ask nobody. */
  sweepsByAgeMs?: number
}

export const NOTHING_PLANTED: Plant = { name: 'nothing', breaks: [] }
