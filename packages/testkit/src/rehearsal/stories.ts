import type { Random } from '../time/random.ts'
import type { Entry } from './catalogue.ts'
import { type Fault, targetText } from './fault.ts'

/** Draws of three after which none is taken; most that are drawn go together. */
const DRAWS_MAX = 1_000

/** Which faults lead to an abort by themselves; undefined is none at all: an abort without any fault. */
export type Aborting = ReadonlySet<Fault | undefined>

/** Every fault that can strike by itself. */
export function singles(catalogue: readonly Entry[], aborting: Aborting): Fault[][] {
  return catalogue
    .filter(({ only }) => only !== (aborting.has(undefined) ? 'commit' : 'abort'))
    .map(({ fault }) => [fault])
}

/**
 * Two faults each, those that strike amid an undo first: they are what people think of least. The order in which both
 * strike matters only where they strike the same call.
 */
export function pairs(catalogue: readonly Entry[], aborting: Aborting, random: Random): Fault[][] {
  const amidUndo: Fault[][] = []
  const others: Fault[][] = []
  catalogue.forEach((one, index) => {
    for (const other of catalogue.slice(index)) {
      if (!canStrike([one, other], aborting)) continue
      const list = one.only === 'abort' || other.only === 'abort' ? amidUndo : others
      list.push([one.fault, other.fault])
      if (one !== other && areOfOneCall(one.fault, other.fault)) list.push([other.fault, one.fault])
    }
  })
  return [...shuffled(amidUndo, random), ...shuffled(others, random)]
}

/** Three faults, by chance. */
export function triple(catalogue: readonly Entry[], aborting: Aborting, random: Random): Fault[] {
  for (let attempt = 0; attempt < DRAWS_MAX; attempt++) {
    const entries = [random.pick(catalogue), random.pick(catalogue), random.pick(catalogue)]
    if (canStrike(entries, aborting)) return entries.map(({ fault }) => fault)
  }
  return []
}

/** What strikes only amid an abort needs a cause of one beside it. */
function canStrike(entries: readonly Entry[], aborting: Aborting): boolean {
  const needsAbort = entries.some(({ only }) => only === 'abort')
  const needsCommit = entries.some(({ only }) => only === 'commit')
  if (needsAbort && needsCommit) return false
  const aborts = aborting.has(undefined) || entries.some(({ fault }) => aborting.has(fault))
  return needsAbort ? aborts : !(needsCommit && aborts)
}

function areOfOneCall(one: Fault, other: Fault): boolean {
  if (!('target' in one) || !('target' in other)) return false
  return targetText(one.target) === targetText(other.target)
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const mixed = [...items]
  for (let last = mixed.length - 1; last > 0; last--) {
    const place = random.whole(0, last)
    const [one, other] = [mixed[last], mixed[place]]
    if (one === undefined || other === undefined) continue
    mixed[last] = other
    mixed[place] = one
  }
  return mixed
}
