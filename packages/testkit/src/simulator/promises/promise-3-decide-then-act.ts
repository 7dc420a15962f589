import type { Status } from '@assent/contract'
import { commitOperation, phaseOneOperation, type Transaction, undoOperation } from '@assent/engine'
import type { Entry } from '../facts/fact.ts'
import type { Checker, Ground } from './promise.ts'

/** Decide, then act: what a call follows from is durable before it starts, and no durable decision turns round. */
export class DecideThenAct implements Checker {
  private readonly ground: Ground
  private readonly decisions = new Map<string, 'commit' | 'abort'>()

  constructor(ground: Ground) {
    this.ground = ground
  }

  see(entry: Entry): void {
    if (entry.kind === 'call') this.checkCall(entry)
    if (entry.kind === 'stored' || entry.kind === 'claimed')
      this.checkDecision(entry.row.gid, entry.row.status)
  }

  end(): void {}

  private checkDecision(gid: string, status: Status): void {
    const decision = decisionOf(status)
    const before = this.decisions.get(gid)
    if (before !== undefined && decision !== before) {
      this.ground.violated(gid, `had decided to ${before}, and its store now holds ${status}`)
    }
    if (decision !== undefined) this.decisions.set(gid, decision)
  }

  private checkCall({ call, by }: Entry<'call'>): void {
    const { gid, branchId, op } = call
    const durable = this.ground.history.last(gid)
    const wrong =
      durable === undefined ? 'its transaction' : this.missing(durable.transaction, branchId, op, call.body)
    if (wrong === undefined) return
    const what = branchId === undefined ? op : `${op} of ${branchId}`
    this.ground.violated(gid, `${by} called ${what} before this was durable: ${wrong}`)
  }

  /** What this call follows from and the store does not hold. */
  private missing(
    transaction: Transaction,
    branchId: string | undefined,
    op: string,
    body: unknown,
  ): string | undefined {
    if (branchId === undefined) return undefined
    const branch = transaction.branches.find((candidate) => candidate.request.branchId === branchId)
    if (branch === undefined) return 'the registration of the branch'
    const decision = decisionOf(transaction.status)
    if (op === undoOperation(transaction)) {
      if (decision !== 'abort') return 'the decision to abort'
      return branch.told === undefined ? 'what the undo is told' : undefined
    }
    if (op === commitOperation(transaction, branch) && op !== phaseOneOperation(transaction, branch)) {
      if (decision !== 'commit') return 'the decision to commit'
    } else {
      if (!transaction.submitted && !branch.tried) return 'the submit'
      const isFinal = branch.request.pivot === true && (branch.request.compensate ?? '') === ''
      if (isFinal && branch.recorded !== true) return 'that the pivot is about to be called'
    }
    return missingResult(transaction, body, branch.request.payload)
  }
}

/** A result that was handed on to this call and that the store does not hold. */
function missingResult(transaction: Transaction, body: unknown, payload: unknown): string | undefined {
  const amount = (payload as { amount?: { $result?: string } } | undefined)?.amount
  const read = amount?.$result
  if (read === undefined || body === undefined) return undefined
  const origin = transaction.branches.find((candidate) => candidate.request.branchId === read)
  return origin?.result === undefined ? `the result of ${read}` : undefined
}

function decisionOf(status: Status): 'commit' | 'abort' | undefined {
  if (status === 'COMMITTING' || status === 'COMMITTED') return 'commit'
  return status === 'ABORTING' || status === 'ABORTED' ? 'abort' : undefined
}
