import type { Operation } from '@assent/contract'
import { type Branch, MODE_ROWS, operationUrl, type Transaction } from '@assent/engine'
import type { Entry } from '../facts/fact.ts'
import type { Checker, Ground } from './promise.ts'

/** All or nothing: committed, every branch took effect, once; aborted, what took effect was undone. */
export class AllOrNothing implements Checker {
  private readonly ground: Ground
  /** What took effect in the participants, by gid and branch, in order. */
  private readonly effects = new Map<string, Map<string, Operation[]>>()
  private readonly locals = new Map<string, 'committed' | 'rolled-back'>()

  constructor(ground: Ground) {
    this.ground = ground
  }

  see(entry: Entry): void {
    if (entry.kind === 'local') this.locals.set(entry.gid, entry.state)
    if (entry.kind !== 'handled' || !entry.took) return
    const branches = this.effects.get(entry.gid) ?? new Map<string, Operation[]>()
    this.effects.set(entry.gid, branches)
    const ops = branches.get(entry.branchId) ?? []
    branches.set(entry.branchId, ops)
    ops.push(entry.op)
  }

  end(): void {
    const { history } = this.ground
    for (const gid of this.effects.keys()) {
      if (history.last(gid) === undefined) this.ground.violated(gid, 'took effect, and nobody knows it')
    }
    for (const gid of history.gids()) {
      const last = history.last(gid)
      if (last === undefined || !history.isEnded(gid)) continue
      const { transaction, status } = last
      this.checkLocal(gid, status === 'COMMITTED')
      for (const branch of transaction.branches) {
        const ops = this.effects.get(gid)?.get(branch.request.branchId) ?? []
        const wrong =
          status === 'COMMITTED' ? notDone(transaction, branch, ops) : notUndone(transaction, branch, ops)
        if (wrong === undefined) continue
        const did = ops.length === 0 ? 'nothing' : ops.join(', ')
        this.ground.violated(
          gid,
          `is ${status}, but branch ${branch.request.branchId} ${wrong}: it did ${did}`,
        )
      }
    }
  }

  /** A message's own local transaction is its first branch, whichever way it ended. */
  private checkLocal(gid: string, isCommitted: boolean): void {
    const local = this.locals.get(gid)
    if (local === 'committed' && !isCommitted) this.ground.violated(gid, 'was sent, and is aborted')
    if (local === 'rolled-back' && isCommitted) this.ground.violated(gid, 'was never sent, and is committed')
  }
}

function notDone(transaction: Transaction, branch: Branch, ops: readonly Operation[]): string | undefined {
  const row = MODE_ROWS[transaction.mode]
  const origin = branch.follower ? row.follow : row.phaseOne
  const count = (op: Operation | undefined): number => ops.filter((each) => each === op).length
  const isCalled = branch.drivenBy === 'application' || operationUrl(branch.request, origin ?? 'query') !== ''
  if (count(row.undo) > 0) return 'was undone'
  if (count(origin) !== (isCalled ? 1 : 0)) return `did its ${origin} ${count(origin)} times`
  if (branch.follower || row.confirm === undefined) return undefined
  const confirms = operationUrl(branch.request, row.confirm) === '' ? 0 : 1
  return count(row.confirm) === confirms ? undefined : `did its ${row.confirm} ${count(row.confirm)} times`
}

function notUndone(transaction: Transaction, branch: Branch, ops: readonly Operation[]): string | undefined {
  const row = MODE_ROWS[transaction.mode]
  const origin = branch.follower ? row.follow : row.phaseOne
  const hasUndo = row.undo !== undefined && operationUrl(branch.request, row.undo) !== ''
  if (row.confirm !== undefined && ops.includes(row.confirm)) return `did its ${row.confirm}`
  if (!hasUndo) {
    // Without an undo there is nothing to undo; but behind or at the decision nothing may have been called.
    const mayHaveRun = !branch.follower && branch.request.pivot !== true && row.phaseOne !== undefined
    return mayHaveRun || ops.length === 0 ? undefined : 'took effect'
  }
  const isClean = ops.length === 0 || (ops.length === 2 && ops[0] === origin && ops[1] === row.undo)
  return isClean ? undefined : 'was not undone exactly once'
}
