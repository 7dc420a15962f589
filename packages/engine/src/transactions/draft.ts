import type { Branch, Transaction } from './transaction.ts'

/**
 * The next state of a transaction while it is being worked out: copies what it changes, shares the rest, and
 * leaves the state that it began with as it was.
 */
export class Draft {
  readonly now: number
  /**
   * True once something happened that must be durable before anything follows from it: no call starts and
   * nobody is told until it is.
   */
  decided = false
  private readonly before: Transaction
  private readonly transactionCopy: Transaction
  private branchCopies: Branch[] | undefined
  private readonly copied = new Set<number>()

  constructor(before: Transaction, now: number) {
    this.before = before
    this.now = now
    this.transactionCopy = { ...before }
  }

  /** May be written to, but for its branches. */
  get transaction(): Transaction {
    return this.transactionCopy
  }

  get branches(): readonly Branch[] {
    return this.branchCopies ?? this.before.branches
  }

  /** A branch that may be written to. */
  branch(position: number): Branch {
    if (this.branchCopies === undefined) {
      this.branchCopies = this.before.branches.slice()
      this.transactionCopy.branches = this.branchCopies
    }
    const branch = this.branchCopies[position]
    if (branch === undefined) throw new RangeError(`no branch at position ${position}`)
    if (this.copied.has(position)) return branch
    const copy = { ...branch }
    this.branchCopies[position] = copy
    this.copied.add(position)
    return copy
  }

  append(branch: Branch): void {
    this.branchCopies = [...this.branches, branch]
    this.transactionCopy.branches = this.branchCopies
    this.copied.add(this.branchCopies.length - 1)
  }

  /** Position of a branch by its id; -1 when there is none. */
  find(branchId: string): number {
    const branches = this.branches
    for (let position = 0; position < branches.length; position++) {
      if (branches[position]?.request.branchId === branchId) return position
    }
    return -1
  }
}
