import { type Branch, phaseOneOperation, type Transaction, undoOperation } from '@assent/engine'
import type { Entry } from '../facts/fact.ts'
import type { DurableVersion } from './history.ts'
import type { Checker, Ground } from './promise.ts'

/**
 * Unknown counts as maybe: on abort a branch goes without its undo only if one incarnation alone has driven its
 * transaction since it was submitted, and every call that was made for it was refused.
 */
export class UnknownCountsAsMaybe implements Checker {
  private readonly ground: Ground
  /** Calls of phase one by gid and branch: how many were started, and how many of those were refused. */
  private readonly calls = new Map<string, { started: number; refused: number }>()

  constructor(ground: Ground) {
    this.ground = ground
  }

  see(entry: Entry): void {
    if (entry.kind === 'call' && entry.call.phase === 'one') this.count(entry).started += 1
    if (entry.kind === 'answer' && entry.call.phase === 'one') {
      const { answer } = entry
      if (answer.kind === 'answered' && answer.outcome === 'refused') this.count(entry).refused += 1
    }
    if (entry.kind === 'stored' && entry.row.status === 'ABORTED') this.checkUndone(entry.row.gid)
  }

  end(): void {}

  private count({ call }: Entry<'call' | 'answer'>): { started: number; refused: number } {
    const key = `${call.gid}/${call.branchId ?? ''}`
    const known = this.calls.get(key) ?? { started: 0, refused: 0 }
    this.calls.set(key, known)
    return known
  }

  private checkUndone(gid: string): void {
    const versions = this.ground.history.of(gid)
    const last = versions.at(-1)
    if (last === undefined) return
    const { transaction } = last
    if (undoOperation(transaction) === undefined) return
    const changedHands = hasChangedHands(versions)
    for (const branch of transaction.branches) {
      if (branch.status === 'COMPENSATED' || isBeyondUndo(transaction, branch)) continue
      const why = this.whyMaybe(gid, branch, changedHands)
      if (why !== undefined)
        this.ground.violated(gid, `ended without undoing ${branch.request.branchId}, ${why}`)
    }
  }

  private whyMaybe(gid: string, branch: Branch, changedHands: boolean): string | undefined {
    if (branch.drivenBy === 'application') return 'which its application may have called'
    if (changedHands) return 'which another incarnation may have called'
    const { started, refused } = this.calls.get(`${gid}/${branch.request.branchId}`) ?? {
      started: 0,
      refused: 0,
    }
    return started > refused ? `of whose ${started} calls ${refused} were refused` : undefined
  }
}

/** Behind the pivot nothing is called before the decision; a pivot without undo is asked until it answers. */
function isBeyondUndo(transaction: Transaction, branch: Branch): boolean {
  if (phaseOneOperation(transaction, branch) === undefined) return true
  return branch.request.pivot === true && (branch.request.compensate ?? '') === ''
}

/** Whether anyone but the incarnation that submitted it has driven it while calls could be made. */
function hasChangedHands(versions: readonly DurableVersion[]): boolean {
  const submitted = versions.findIndex((version) => version.transaction.submitted)
  if (submitted < 0) return false
  const first = versions[submitted]?.writer
  return versions.slice(submitted + 1).some((version) => version.isClaim || version.writer !== first)
}
