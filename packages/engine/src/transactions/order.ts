import type { Problem } from '@assent/contract'
import type { Draft } from './draft.ts'
import { findCircle, withAncestors } from './graph.ts'
import { MODE_ROWS } from './modes.ts'
import { findReferences } from './references.ts'
import { type Branch, operationUrl, type Transaction } from './transaction.ts'

/** What is settled about each branch: what comes before it, whether it follows the pivot, whose results it reads. */
interface Place {
  after: number[]
  follower: boolean
  reads: readonly number[]
}

/**
 * Settles the order of the branches: `after` as written, as implied by results handed on, by the pivot and by
 * a sequential order. Answers what is wrong instead, and then changes nothing.
 */
export function settleOrder(draft: Draft): Problem[] {
  const problems: Problem[] = []
  const places = placesOf(draft, problems)
  if (problems.length > 0) return problems
  const circle = findCircle(places)
  if (circle !== undefined) {
    const names = circle.map((position) => draft.branches[position]?.request.branchId)
    return [{ path: 'branches', problem: `wait for each other in a circle: ${names.join(' after ')}` }]
  }
  const read = readPositions(draft.branches, places)
  places.forEach((place, position) => {
    const branch = draft.branch(position)
    branch.after = [...new Set(place.after)]
    branch.follower = place.follower
    branch.read = read.has(position)
  })
  return []
}

/**
 * Settles in which order a transaction that was never submitted is undone: the one that submit would have
 * settled, where names that never came hold up nothing. Branches that wait for each other in a circle are
 * undone against the order in which they were added.
 */
export function settleUndoOrder(draft: Draft): void {
  const places = placesOf(draft, [])
  const isCircular = findCircle(places) !== undefined
  places.forEach((place, position) => {
    const after = isCircular ? placesBefore(position) : [...new Set(place.after)]
    if (after.length > 0) draft.branch(position).after = after
  })
}

function placesBefore(position: number): number[] {
  return position === 0 ? [] : [position - 1]
}

function placesOf({ transaction, branches }: Draft, problems: Problem[]): Place[] {
  const positions = new Map(branches.map((branch, position) => [branch.request.branchId, position]))
  const find = (path: string, names: Iterable<string>): number[] => {
    const found: number[] = []
    for (const name of names) {
      const position = positions.get(name)
      if (position !== undefined) found.push(position)
      else problems.push({ path, problem: `names ${name}, which is no branch` })
    }
    return found
  }
  let shared: readonly number[] | undefined
  const places = branches.map(({ request }): Place => {
    const { branchId, payload, undoPayload, after = [], reads: named = [] } = request
    if (payload === undefined) shared ??= find('payload', namesIn(transaction.payload))
    const referred = payload === undefined ? (shared ?? []) : find(`${branchId}.payload`, namesIn(payload))
    const reads = named.length === 0 ? referred : [...referred, ...find(`${branchId}.reads`, named)]
    const undoReads = namesIn(undoPayload)
    undoReads.delete(branchId)
    return {
      after: [...find(`${branchId}.after`, after), ...reads, ...find(`${branchId}.undo_payload`, undoReads)],
      follower: MODE_ROWS[transaction.mode].phaseOne === undefined,
      reads,
    }
  })
  applyPivot(transaction, branches, places, problems)
  if (transaction.options.order === 'sequential') {
    places.forEach((place, position) => {
      place.after.push(...placesBefore(position))
    })
  }
  return places
}

function namesIn(payload: Parameters<typeof findReferences>[0]): Set<string> {
  return new Set(findReferences(payload).map((reference) => reference.branchId))
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

/** The branches whose result a call of another branch reads: by name, or all before it in an envelope that names none. */
function readPositions(branches: readonly Branch[], places: readonly Place[]): Set<number> {
  const enveloped = places.filter((_, position) => {
    const { envelope, reads } = branches[position]?.request ?? {}
    return envelope === true && reads === undefined
  })
  const read = withAncestors(
    places,
    enveloped.flatMap((place) => place.after),
  )
  for (const place of places) for (const position of place.reads) read.add(position)
  return read
}
