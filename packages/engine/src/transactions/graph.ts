import type { Problem } from '@assent/contract'
import type { Draft } from './draft.ts'
import { MODE_ROWS } from './modes.ts'
import { findReferences } from './references.ts'
import { type Branch, operationUrl, payloadOf, type Transaction } from './transaction.ts'

/** What submit settles about each branch: what comes before it, whether it follows the pivot, who reads it. */
interface Place {
  after: number[]
  follower: boolean
  read: boolean
}

/**
 * Settles the order of the branches: `after` as written, as implied by results handed on, by the pivot and by
 * a sequential order. Answers what is wrong instead, and then changes nothing.
 */
export function settleOrder(draft: Draft): Problem[] {
  const { transaction, branches } = draft
  const positions = new Map<string, number>()
  branches.forEach((branch, position) => {
    positions.set(branch.request.branchId, position)
  })
  const problems: Problem[] = []
  const places = branches.map((branch) => placeOf(transaction, branch, positions, problems))
  applyPivot(transaction, branches, places, problems)
  if (transaction.options.order === 'sequential') {
    for (let position = 1; position < places.length; position++) places[position]?.after.push(position - 1)
  }
  if (problems.length > 0) return problems
  const cycle = findCycle(places)
  if (cycle !== undefined) {
    const names = cycle.map((position) => branches[position]?.request.branchId)
    return [{ path: 'branches', problem: `wait for each other in a circle: ${names.join(' after ')}` }]
  }
  markRead(transaction, branches, places)
  places.forEach((place, position) => {
    const branch = draft.branch(position)
    branch.after = [...new Set(place.after)]
    branch.follower = place.follower
    branch.read = place.read
  })
  return []
}

function placeOf(
  transaction: Transaction,
  branch: Branch,
  positions: ReadonlyMap<string, number>,
  problems: Problem[],
): Place {
  const { branchId, undoPayload } = branch.request
  const after: number[] = []
  const follow = (field: string, name: string): void => {
    const position = positions.get(name)
    if (position === undefined) {
      problems.push({
        path: `${branchId}.${field}`,
        problem: `names ${JSON.stringify(name)}, which is no branch`,
      })
    } else after.push(position)
  }
  for (const name of branch.request.after ?? []) follow('after', name)
  for (const reference of findReferences(payloadOf(transaction, branch))) {
    follow('payload', reference.branchId)
  }
  for (const reference of findReferences(undoPayload)) {
    if (reference.branchId !== branchId) follow('undo_payload', reference.branchId)
  }
  return { after, follower: MODE_ROWS[transaction.mode].phaseOne === undefined, read: false }
}

/** Branches listed before the pivot precede it and those listed behind it follow it. */
function applyPivot(
  transaction: Transaction,
  branches: readonly Branch[],
  places: readonly Place[],
  problems: Problem[],
): void {
  const pivots = branches.flatMap((branch, position) => (branch.request.pivot === true ? [position] : []))
  const pivot = pivots[0]
  if (pivot === undefined) return
  if (pivots.length > 1) {
    const names = pivots.map((position) => branches[position]?.request.branchId)
    problems.push({ path: 'branches', problem: `hold more than one pivot: ${names.join(', ')}` })
    return
  }
  const undo = MODE_ROWS[transaction.mode].undo
  places.forEach((place, position) => {
    const branch = branches[position]
    if (branch === undefined || position === pivot) return
    if (position < pivot) {
      places[pivot]?.after.push(position)
      return
    }
    place.after.push(pivot)
    place.follower = true
    const path = branch.request.branchId
    if (branch.drivenBy === 'application') {
      problems.push({ path, problem: 'follows the pivot, so the coordinator must drive it' })
    }
    if (undo !== undefined && operationUrl(branch.request, undo) !== '') {
      problems.push({ path: `${path}.${undo}`, problem: 'can not be: nothing behind the pivot is undone' })
    }
  })
}

/** One circle in the order, as positions of which each waits for the next; undefined when there is none. */
function findCycle(places: readonly Place[]): number[] | undefined {
  const UNSEEN = 0
  const OPEN = 1
  const DONE = 2
  const colour = new Uint8Array(places.length)
  for (let start = 0; start < places.length; start++) {
    if (colour[start] !== UNSEEN) continue
    const path: { position: number; next: number }[] = [{ position: start, next: 0 }]
    colour[start] = OPEN
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = places[top.position]?.after[top.next++]
      if (target === undefined) {
        colour[top.position] = DONE
        path.pop()
      } else if (colour[target] === OPEN) {
        const from = path.findIndex((step) => step.position === target)
        return [...path.slice(from).map((step) => step.position), target]
      } else if (colour[target] === UNSEEN) {
        colour[target] = OPEN
        path.push({ position: target, next: 0 })
      }
    }
  }
  return undefined
}

/** Marks each branch whose result a call of another branch that comes after it reads. */
function markRead(transaction: Transaction, branches: readonly Branch[], places: readonly Place[]): void {
  const positions = new Map(branches.map((branch, position) => [branch.request.branchId, position]))
  branches.forEach((branch, position) => {
    for (const reference of findReferences(payloadOf(transaction, branch))) {
      const read = places[positions.get(reference.branchId) ?? -1]
      if (read !== undefined) read.read = true
    }
    if (branch.request.envelope !== true) return
    for (const ancestor of ancestorsOf(places, position)) {
      const read = places[ancestor]
      if (read !== undefined) read.read = true
    }
  })
}

/** Positions of all branches that come before this one, directly or through others. */
export function ancestorsOf(places: readonly { after: readonly number[] }[], position: number): Set<number> {
  const seen = new Set<number>()
  const open = [...(places[position]?.after ?? [])]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...(places[next]?.after ?? []))
  }
  return seen
}
