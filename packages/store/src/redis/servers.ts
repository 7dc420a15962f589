import type { Link } from './link.ts'
import type { Command, Reply } from './session.ts'

/** The one server, or the nodes of a cluster: each hash tag's keys lie on one of them. */
export interface Servers {
  readonly isCluster: boolean
  /** All that hold keys, or might. */
  readonly links: readonly Link[]
  /** Rejects with ErrorAnswer, with NotSent, or with AnswerLost. */
  call(tag: string, command: Command): Promise<Reply>
  /** The same for a command that changes something. */
  change(tag: string, command: Command): Promise<Reply>
  /** What was asked before is answered before. */
  stop(): Promise<void>
}

/** All keys on one server. */
export function single(link: Link): Servers {
  return {
    isCluster: false,
    links: [link],
    call: (_tag, command) => link.call(command),
    change: (_tag, command) => link.change(command),
    stop: () => link.stop(),
  }
}
