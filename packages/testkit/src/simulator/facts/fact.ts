import type { Operation, Outcome, ToldOutcome } from '@assent/contract'
import type { Call, CallAnswer, Observation, TransactionRow, TransactionWrite } from '@assent/engine'
import type { Asked, Told } from '../clients/asked.ts'

/** What really happened, seen from outside: what checkers judge by. `by` names a process or a participant. */
export type Fact =
  | { kind: 'process'; what: 'started' | 'opened' | 'stopping' | 'ended' | 'crashed' | 'paused' | 'woken' }
  /** Whose functions a coordinator that has just started can call; '' is nobody's. */
  | { kind: 'application'; application: string }
  | { kind: 'weather'; what: string }
  /** A request reached a coordinator, and what it was told. */
  | { kind: 'asked'; request: Asked; ask: number }
  | { kind: 'told'; request: Asked; ask: number; answer: Told }
  /** An incarnation in the store; `until` is the store's own time (virtual milliseconds). */
  | {
      kind: 'lease'
      what: 'registered' | 'renewed' | 'refused' | 'retired'
      incarnation: string
      until: number
    }
  /** A coordinator sent a write, as it meant it. */
  | { kind: 'sent'; write: TransactionWrite }
  /** The store made a write durable on top of `before`. */
  | { kind: 'stored'; write: TransactionWrite; before: TransactionRow | undefined; row: TransactionRow }
  /** The store refused a write: another version stands there. */
  | { kind: 'conflict'; write: TransactionWrite; before: TransactionRow | undefined }
  | { kind: 'claimed'; row: TransactionRow; before: TransactionRow }
  /** The store lost an acknowledged version. */
  | { kind: 'went-back'; from: TransactionRow; to: TransactionRow }
  | { kind: 'swept'; gid: string }
  /** What a process asked of the store, or the answer, got lost on the way: it may have happened, or happen later. */
  | { kind: 'lost'; what: string }
  | { kind: 'batch'; gids: readonly string[]; fate: string }
  /** A coordinator started a call, and how it ended for it. */
  | { kind: 'call'; call: Call; id: number }
  | { kind: 'answer'; call: Call; id: number; answer: CallAnswer }
  /** An application called a participant itself. */
  | { kind: 'application-call'; gid: string; branchId: string; op: Operation }
  /** A participant decided a call that reached it; `took`: it changed the participant's own data. */
  | {
      kind: 'handled'
      gid: string
      branchId: string
      op: Operation
      case: string
      outcome: Outcome
      took: boolean
      told?: ToldOutcome
      /** What stood in the row of what an undo undoes. */
      origin?: string
    }
  /** A command got lost on its way to the broker, is in the queue of its service, or was taken from it. */
  | ({ kind: 'command'; what: 'lost' | 'kept' | 'taken'; id: string } & Question)
  /** A reply is in the queue that all coordinators share. */
  | ({ kind: 'reply'; id: number; outcome: Outcome } & Question)
  /** A reply reached a coordinator; `isAwaited`: a call waited there for this very one. */
  | ({ kind: 'delivered'; isAwaited: boolean } & Delivery)
  /** A coordinator has dealt with a reply, so that it need not come again, or it must. */
  | ({ kind: 'acknowledged'; as: Acknowledgement } & Delivery)
  | ({ kind: 'given-back' } & Delivery)
  /** Who reads which partition of the replies from here on. */
  | { kind: 'group'; holders: readonly string[] }
  | { kind: 'forgotten'; gid: string }
  /** A message's own local transaction, as the application that sends it knows it. */
  | { kind: 'local'; gid: string; state: 'committed' | 'rolled-back' }
  | { kind: 'observed'; observation: Observation }

/** Which operation a message is about; no branchId: the query. */
interface Question {
  gid: string
  branchId: string | undefined
  op: Operation
}

/** One time that a reply is given to a coordinator. */
interface Delivery extends Question {
  reply: number
  /** Counts within its process. */
  delivery: number
  outcome: Outcome
}

/** What a coordinator has made of a reply: `kept` is the word of the call that it answered. */
export type Acknowledgement = 'kept' | 'counted' | 'history' | 'unknown-transaction' | 'passed over'

export type FactKind = Fact['kind']

/** A fact, when it was (virtual milliseconds) and who it was about. */
export type Entry<Kind extends FactKind = FactKind> = Extract<Fact, { kind: Kind }> & {
  at: number
  by: string
}
