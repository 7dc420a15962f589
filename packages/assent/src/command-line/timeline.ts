import type { WireAttempt, WireBranchView, WireTransaction } from '@assent/contract/schemas'
import { placeOf } from '@assent/participant'
import { columns, plain } from './table.ts'

/** A transaction for people: where it stands, its branches, and every call in the order they were made. */
export function timeline(transaction: WireTransaction): string {
  const parts = [heading(transaction), branches(transaction), calls(transaction)]
  return parts.filter((part) => part !== '').join('\n\n')
}

function heading(transaction: WireTransaction): string {
  const { gid, mode, name, status, created_at, updated_at, reason, attention, labels } = transaction
  const lines = [`${gid}  ${status}`]
  lines.push(
    `${mode}${name === undefined ? '' : ` ${plain(name)}`}, started ${time(created_at)}, ${duration(updated_at - created_at)} to its last change`,
  )
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  if (pairs.length > 0) lines.push(`labels: ${plain(pairs.join(' '))}`)
  if (reason !== undefined) lines.push(`reason: ${plain(reason)}`)
  if (transaction.refusal !== undefined) lines.push(`refusal: ${plain(JSON.stringify(transaction.refusal))}`)
  if (attention !== undefined) {
    const what = [attention.branch_id, attention.op].filter((word) => word !== undefined).join(' ')
    lines.push(`ATTENTION: ${what} ${plain(attention.reason)}, since ${time(attention.since)}`)
  }
  return lines.join('\n')
}

function branches({ branches: all, failed_branch }: WireTransaction): string {
  if (all.length === 0) return 'no branches'
  return columns(
    all.map((branch) => [
      `  ${branch.branch_id}`,
      branch.status,
      plain(branch.action ?? '(driven by the application)'),
      branch.branch_id === failed_branch ? '← decided the abort' : '',
    ]),
  )
}

function calls({ branches: all, created_at }: WireTransaction): string {
  const made = all
    .flatMap((branch) => branch.attempts.map((attempt) => ({ branch, attempt })))
    .sort((one, other) => one.attempt.at - other.attempt.at || rank(one.attempt) - rank(other.attempt))
  const rows = made.map(({ branch, attempt }) => row(branch, attempt, created_at))
  return [columns(rows), ...all.flatMap(omitted)].filter((line) => line !== '').join('\n')
}

/** Within one millisecond: nothing of phase one is called any more once something is undone or made final. */
function rank({ op }: WireAttempt): number {
  return op !== 'query' && placeOf(op) === 'origin' ? 0 : 1
}

function row(branch: WireBranchView, attempt: WireAttempt, startedAt: number): string[] {
  const { at, op, outcome, duration_ms, status, error, by, ignored } = attempt
  const said = by === undefined ? '' : `said by ${plain(by)}`
  const remarks = [said, error === undefined ? '' : plain(error), ignored === true ? 'changed nothing' : '']
  return [
    `  +${duration(at - startedAt)}`,
    branch.branch_id,
    op,
    outcome,
    duration(duration_ms),
    status === undefined ? '' : String(status),
    remarks.filter((remark) => remark !== '').join(', '),
  ]
}

function omitted({ branch_id, attempts, attempt_count }: WireBranchView): string[] {
  const more = attempt_count - attempts.length
  return more > 0 ? [`  ${branch_id}: ${more} earlier attempts are no longer kept`] : []
}

export function time(ms: number): string {
  return new Date(ms).toISOString()
}

/** `4 ms`, `1.2 s`, `3 min`, `2 h`, `5 d`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 86_400_000) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.round(ms / 86_400_000)} d`
}
