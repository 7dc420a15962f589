import type { Json, Refusal } from '@assent/contract'
import type { Transport } from '@assent/engine'

/** What a participant of the suite does with each call; the transport's author says how it comes about. */
export type Behaviour =
  | { does: 'succeed'; result?: Json }
  /** Succeeds with `{body, headers}` as it received them, and changes its own copy of the body. */
  | { does: 'repeat' }
  | { does: 'refuse'; refusal: Refusal }
  /** Is not decided yet. */
  | { does: 'go on' }
  /** Something goes wrong on its side, with this message. */
  | { does: 'fail'; message: string }
  /** Succeeds with the result `late`, but only after a while. */
  | { does: 'dawdle'; ms: number }
  /** Takes the call and never answers. */
  | { does: 'hang' }
  /** Begins an answer and breaks off. */
  | { does: 'break off' }
  /** Answers 100 MB. */
  | { does: 'answer over-long' }
  /** Answers byte after byte without an end, too slowly to be over-long soon. */
  | { does: 'answer without end' }
  /** Isn't there. */
  | { does: 'be absent' }

/** A transport, ready to be called, with a way to make participants for it. */
export interface TransportBench {
  transport: Transport
  /** Makes a participant, and answers the URL to call it by. */
  participant(behaviour: Behaviour): Promise<string>
  /** How much later than `timeoutMs` a call may be answered that its participant doesn't end, in milliseconds. */
  graceMs: number
  close(): Promise<void>
}

/** What the suite asks of a transport. */
export interface TransportPromise {
  title: string
  hold(bench: TransportBench): Promise<void>
}
