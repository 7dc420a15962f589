import {
  BRANCHES_MAX,
  type BranchRequest,
  MAX_ATTEMPTS_MAX,
  type Mode,
  OPTION_BOUNDS,
  type Problem,
} from '@assent/contract'
import { MODE_ROWS } from './modes.ts'
import type { AcceptanceRules } from './rules.ts'
import { headerProblems } from './validate-headers.ts'
import { ID_RULE, isId } from './validate-id.ts'
import { payloadProblems } from './validate-payload.ts'
import { urlProblem } from './validate-url.ts'

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'] as const
const URL_FIELDS = ['action', 'compensate', 'confirm', 'cancel', 'commit', 'rollback'] as const

type Report = (field: string, problem: string) => void

/** What is wrong with one branch, looked at alone. */
export function branchProblems(
  branch: BranchRequest,
  mode: Mode,
  path: string,
  rules: AcceptanceRules,
): Problem[] {
  const problems: Problem[] = []
  const pathOf = (field: string): string => (path === '' ? field : `${path}.${field}`)
  const report: Report = (field, problem) => {
    problems.push({ path: pathOf(field), problem })
  }
  if (!isId(branch.branchId)) report('branch_id', ID_RULE)
  reportUrls(branch, mode, rules, report)
  reportDriving(branch, mode, report)
  if ((branch.after?.length ?? 0) > BRANCHES_MAX) report('after', 'names more branches than there can be')
  else if (branch.after?.includes(branch.branchId)) report('after', 'names the branch itself')
  else if (!(branch.after ?? []).every(isId)) report('after', 'holds a name that no branch can have')
  reportReads(branch, report)
  if (branch.method !== undefined && !METHODS.some((method) => method === branch.method)) {
    report('method', `must be one of ${METHODS.join(', ')}`)
  }
  reportNumbers(branch, report)
  problems.push(
    ...payloadProblems(pathOf('payload'), branch.payload, branch.branchId),
    ...payloadProblems(pathOf('undo_payload'), branch.undoPayload),
    ...headerProblems(pathOf('headers'), branch.headers),
  )
  return problems
}

function reportUrls(branch: BranchRequest, mode: Mode, rules: AcceptanceRules, report: Report): void {
  for (const field of URL_FIELDS) {
    const url = branch[field]
    if (url === undefined || url === '') continue
    const problem = MODE_ROWS[mode].urls.includes(field)
      ? urlProblem(url, rules)
      : `has no meaning in mode ${mode}`
    if (problem !== undefined) report(field, problem)
  }
}

function reportDriving(branch: BranchRequest, mode: Mode, report: Report): void {
  const row = MODE_ROWS[mode]
  if (branch.drivenBy === 'application' && row.phaseOne === undefined) {
    report('driven_by', `can not be application in mode ${mode}, which has no phase one`)
  }
  if (branch.pivot !== true) return
  if (!row.pivot) report('pivot', `has no meaning in mode ${mode}`)
  else if (branch.drivenBy === 'application') report('pivot', 'must be driven by the coordinator')
}

function reportReads({ branchId, envelope, reads }: BranchRequest, report: Report): void {
  if (reads === undefined) return
  if (envelope !== true) report('reads', 'has no meaning without an envelope')
  if (reads.length > BRANCHES_MAX) report('reads', 'names more branches than there can be')
  else if (reads.includes(branchId)) report('reads', 'names the branch itself')
  else if (!reads.every(isId)) report('reads', 'holds a name that no branch can have')
}

function reportNumbers({ timeoutMs, retry }: BranchRequest, report: Report): void {
  for (const [field, value, [least, most]] of [
    ['timeout_ms', timeoutMs, OPTION_BOUNDS.requestTimeoutMs],
    ['retry.interval_ms', retry?.intervalMs, OPTION_BOUNDS.retryIntervalMs],
    ['retry.max_interval_ms', retry?.maxIntervalMs, OPTION_BOUNDS.retryMaxIntervalMs],
    ['retry.max_attempts', retry?.maxAttempts, [1, MAX_ATTEMPTS_MAX]],
  ] as const) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < least || value > most)) {
      report(field, `must be a whole number from ${least} to ${most}`)
    }
  }
}
