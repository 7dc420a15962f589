import type { Attempt, Refusal } from '@assent/contract'
import type { Branch, Transaction } from '@assent/engine'

/** How much stays of the words that say why something was refused, characters. */
const WORDS_MAX = 64

/**
 * A transaction that has grown too large, without what only people read: words are cut, and of the attempts the
 * newest of each kind stays. Whatever decides how it goes on is kept, results included.
 */
export function lighter(transaction: Transaction): Transaction {
  const { inquiry, reason, refusal } = transaction
  const light: Transaction = { ...transaction, branches: transaction.branches.map(lighterBranch) }
  if (reason !== undefined) light.reason = cut(reason)
  if (refusal !== undefined) light.refusal = lighterRefusal(refusal)
  if (inquiry !== undefined) light.inquiry = { ...inquiry, attempts: newestOfEachKind(inquiry.attempts) }
  return light
}

function lighterBranch(branch: Branch): Branch {
  const { reason, refusal } = branch
  const light: Branch = { ...branch, attempts: newestOfEachKind(branch.attempts) }
  if (reason !== undefined) light.reason = cut(reason)
  if (refusal !== undefined) light.refusal = lighterRefusal(refusal)
  return light
}

/** Whether there was an attempt of an operation, and one that ended in a way, can be told as before. */
function newestOfEachKind(attempts: readonly Attempt[]): readonly Attempt[] {
  const newest = new Map<string, Attempt>()
  for (const { op, at, durationMs, outcome, by, ignored } of attempts) {
    const attempt: Attempt = { op, at, durationMs, outcome }
    if (by !== undefined) attempt.by = cut(by)
    if (ignored !== undefined) attempt.ignored = ignored
    // Set anew, so that the order stays that of time.
    newest.delete(`${op} ${outcome}`)
    newest.set(`${op} ${outcome}`, attempt)
  }
  return [...newest.values()]
}

function lighterRefusal({ code, message }: Refusal): Refusal {
  return {
    ...(code !== undefined && { code: cut(code) }),
    ...(message !== undefined && { message: cut(message) }),
  }
}

function cut(words: string): string {
  return words.length > WORDS_MAX ? `${words.slice(0, WORDS_MAX)}…` : words
}
