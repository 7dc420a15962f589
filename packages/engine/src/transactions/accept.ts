import {
  BRANCHES_MAX,
  type BranchRequest,
  invalidRequest,
  type Options,
  type RunRequest,
  type StartRequest,
} from '@assent/contract'
import { Draft } from './draft.ts'
import { MODE_ROWS } from './modes.ts'
import { settleOrder } from './order.ts'
import type { AcceptanceRules } from './rules.ts'
import { settle } from './settle.ts'
import { markSubmitted } from './submit.ts'
import type { Branch, Transaction } from './transaction.ts'
import { branchProblems } from './validate-branch.ts'
import { startProblems } from './validate-start.ts'

/** What the coordinator adds to a request when it makes a transaction of it. */
export interface Acceptance {
  gid: string
  now: number
  /** Hash of the request, by which a replay is told from a conflict. */
  content: string
  application: string
  defaults: Options
  rules: AcceptanceRules
  /**
   * Nobody sees it before some later time that is not known: phase one's time runs from when it is taken up, and until
   * then it has no deadline.
   */
  deferred?: boolean
}

/** A new transaction, PREPARED. Throws INVALID_REQUEST. */
export function start(request: StartRequest, acceptance: Acceptance): Transaction {
  const problems = startProblems(request, acceptance.rules)
  if (problems.length > 0) throw invalidRequest(problems)
  return prepared(request, acceptance)
}

/**
 * A new transaction with its branches, submitted: start, add and submit in one. Throws INVALID_REQUEST, also
 * for a branch that the application drives: nobody could have decided it.
 */
export function run(request: RunRequest, acceptance: Acceptance): Transaction {
  const { rules, now } = acceptance
  const problems = startProblems(request, rules)
  if (request.branches.length > BRANCHES_MAX) {
    const problem = `are ${request.branches.length}, at most ${BRANCHES_MAX} may be`
    throw invalidRequest([...problems, { path: 'branches', problem }])
  }
  const mode = request.mode ?? 'saga'
  if (!Object.hasOwn(MODE_ROWS, mode)) throw invalidRequest(problems)
  const seen = new Set<string>()
  request.branches.forEach((branch, position) => {
    problems.push(...branchProblems(branch, mode, `branches[${position}]`, rules))
    if (branch.drivenBy === 'application') {
      problems.push({
        path: `branches[${position}].driven_by`,
        problem: 'can not be application here: such a branch is added and decided before submit',
      })
    }
    if (seen.has(branch.branchId)) {
      problems.push({ path: `branches[${position}].branch_id`, problem: `repeats ${branch.branchId}` })
    }
    seen.add(branch.branchId)
  })
  if (problems.length > 0) throw invalidRequest(problems)
  const transaction = prepared(request, acceptance)
  transaction.branches = request.branches.map((branch) => newBranch(branch, ''))
  const draft = new Draft(transaction, now)
  const wrong = settleOrder(draft)
  if (wrong.length > 0) throw invalidRequest(wrong)
  markSubmitted(draft)
  settle(draft)
  if (acceptance.deferred === true) delete draft.transaction.deadline
  return draft.transaction
}

function prepared(request: StartRequest, acceptance: Acceptance): Transaction {
  const { gid, now, content, application, defaults } = acceptance
  const transaction: Transaction = {
    gid,
    mode: request.mode ?? 'saga',
    ...(request.name === undefined ? {} : { name: request.name }),
    ...(request.version === undefined ? {} : { version: request.version }),
    application,
    labels: request.labels ?? {},
    ...(request.payload === undefined ? {} : { payload: request.payload }),
    ...(request.query === undefined ? {} : { query: request.query }),
    options: request.options === undefined ? defaults : withDefaults(request.options, defaults),
    createdAt: now,
    content,
    updatedAt: now,
    status: 'PREPARED',
    submitted: false,
    resultBytes: 0,
    branches: [],
  }
  if (MODE_ROWS[transaction.mode].query) transaction.deadline = now + transaction.options.timeoutToFailMs
  return transaction
}

/** An option that is present but undefined counts as absent. */
function withDefaults(options: Partial<Options>, defaults: Options): Options {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  return { ...defaults, ...given, headers: { ...defaults.headers, ...options.headers } }
}

export function newBranch(request: BranchRequest, content: string, tried = false): Branch {
  return {
    request,
    content,
    drivenBy: request.drivenBy ?? 'coordinator',
    tried,
    after: [],
    follower: false,
    read: false,
    status: 'PREPARED',
    maybeDone: false,
    attempts: [],
    attemptCount: 0,
  }
}
