import { isDeepStrictEqual } from 'node:util'
import type { Operation } from '@assent/contract'
import { type Branch, MODE_ROWS, operationUrl, type Transaction } from '@assent/engine'
import type { Entry } from '../facts/fact.ts'
import type { Checker, Ground } from './promise.ts'

/**
 * An answer fits its question: what a branch becomes was said of the very operation that makes it so, by an
 * answer, a reply, a report or a resolution; and once an operation has ended, nothing that is said of it counts.
 */
export class AnswerFitsQuestion implements Checker {
  private readonly ground: Ground
  /** `gid/branch/op/outcome` of everything that was said to a coordinator. */
  private readonly said = new Set<string>()

  constructor(ground: Ground) {
    this.ground = ground
  }

  see(entry: Entry): void {
    switch (entry.kind) {
      case 'answer': {
        const { call, answer } = entry
        if (answer.kind !== 'answered' || call.branchId === undefined) return
        this.said.add(`${call.gid}/${call.branchId}/${call.op}/${answer.outcome}`)
        return
      }
      case 'delivered': {
        const { gid, branchId, op, outcome } = entry
        if (branchId !== undefined) this.said.add(`${gid}/${branchId}/${op}/${outcome}`)
        return
      }
      case 'asked': {
        const { what, request } = entry.request
        if (what !== 'report' && what !== 'resolve') return
        // Without a name a report is about phase one.
        this.said.add(
          `${request.gid}/${request.branchId ?? ''}/${request.op ?? 'phase one'}/${request.outcome}`,
        )
        return
      }
      case 'stored':
        this.checkStatuses(entry.row.gid)
        return
      default:
        return
    }
  }

  end(): void {}

  private checkStatuses(gid: string): void {
    const versions = this.ground.history.of(gid)
    const transaction = versions.at(-1)?.transaction
    const before = versions.at(-2)?.transaction
    if (transaction === undefined) return
    for (const branch of transaction.branches) {
      const { branchId } = branch.request
      const known = before?.branches.find((candidate) => candidate.request.branchId === branchId)
      const turned = known === undefined ? undefined : turnedRound(known, branch)
      if (turned !== undefined)
        this.ground.violated(gid, `${branchId} had ended its operation, and ${turned}`)
      if (known?.status === branch.status) continue
      const missing = this.unsaid(transaction, branch)
      if (missing === undefined) continue
      this.ground.violated(gid, `${branchId} became ${branch.status}, and nobody said that its ${missing}`)
    }
  }

  /** What should have been said for this branch to be what it is; undefined when it was. */
  private unsaid(transaction: Transaction, branch: Branch): string | undefined {
    const row = MODE_ROWS[transaction.mode]
    switch (branch.status) {
      case 'PREPARED':
      case 'ONGOING':
        return undefined
      case 'SUCCEED':
        return this.wasSaid(transaction, branch, row.phaseOne, 'done')
      case 'FAILED':
        if (branch.reason === 'RESULT_MISSING') return undefined
        return this.wasSaid(transaction, branch, row.phaseOne, 'refused')
      case 'CONFIRMED':
        return this.wasSaid(transaction, branch, branch.follower ? row.follow : row.confirm, 'done')
      case 'COMPENSATED':
        return this.wasSaid(transaction, branch, row.undo, 'done')
    }
  }

  private wasSaid(
    { gid, mode }: Transaction,
    { request, drivenBy }: Branch,
    op: Operation | undefined,
    outcome: 'done' | 'refused',
  ): string | undefined {
    if (op === undefined) return 'operation exists'
    if (operationUrl(request, op) === '' && drivenBy === 'coordinator') return undefined
    if (operationUrl(request, op) === '' && op === MODE_ROWS[mode].undo) return undefined
    const isPhaseOne = op === MODE_ROWS[mode].phaseOne
    const { branchId } = request
    const isSaid = this.said.has(`${gid}/${branchId}/${op}/${outcome}`)
    if (isSaid || (isPhaseOne && this.said.has(`${gid}/${branchId}/phase one/${outcome}`))) return undefined
    return `${op} is ${outcome}`
  }
}

/** What has changed of a branch although it was settled; undefined when nothing has. */
function turnedRound(before: Branch, after: Branch): string | undefined {
  const { phaseOneOutcome, status, result } = before
  if (phaseOneOutcome !== undefined && after.phaseOneOutcome !== phaseOneOutcome) {
    return `its phase one was ${phaseOneOutcome} and is ${after.phaseOneOutcome ?? 'open'}`
  }
  if ((status === 'CONFIRMED' || status === 'COMPENSATED') && after.status !== status) {
    return `it was ${status} and is ${after.status}`
  }
  if (phaseOneOutcome === undefined && status !== 'CONFIRMED') return undefined
  return isDeepStrictEqual(result, after.result) ? undefined : 'its result is another'
}
