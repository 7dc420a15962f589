import type { BranchRequest, Json, Mode } from '@assent/contract'
import type { Random } from '../../time/random.ts'
import type { Climate } from '../chaos/weather.ts'
import type { Behaviour } from '../participants/behaviour.ts'
import type { Driving, PlannedBranch } from './plan.ts'

/** What branches are drawn for; `queued` is the share of them that are called through a message broker. */
interface Surroundings {
  climate: Climate
  participants: readonly string[]
  queued: number
}

/** Draws the branches of one transaction: their order, what they hand on, the pivot, and how each will behave. */
export function planBranches(
  mode: Mode,
  style: 'run' | 'steps',
  random: Random,
  { climate, participants, queued }: Surroundings,
): PlannedBranch[] {
  const count = random.weighted({ '1': 2, '2': 4, '3': 3, '4': 2, '6': 1 })
  const total = Number(count)
  const pivot = mode === 'saga' && random.chance(0.35) ? random.whole(0, total - 1) : -1
  const branches: PlannedBranch[] = []
  for (let position = 0; position < total; position++) {
    const isPivot = position === pivot
    const isFollower = pivot >= 0 && position > pivot
    const driving = style === 'steps' ? drawDriving(mode, isPivot || isFollower, random) : 'coordinator'
    const participant = random.pick(participants)
    const origin = `${drawScheme(random, queued)}//${participant}`
    const behaviour = drawBehaviour(random, climate, isPivot)
    const request: BranchRequest = {
      branchId: `b${position + 1}`,
      ...urlsOf(mode, origin, random, { isPivot, isFollower, driving }),
      ...orderOf(branches, random),
      ...(isPivot ? { pivot: true } : {}),
      ...(driving === 'application' ? { drivenBy: 'application' } : {}),
      ...(random.chance(0.2) ? { envelope: true, ...readsOf(branches, random) } : {}),
      ...(random.chance(0.2) ? { timeoutMs: random.pick([80, 300, 1_000]) } : {}),
      ...(random.chance(0.25) ? { retry: drawRetry(random) } : {}),
    }
    branches.push({ request, driving, participant, behaviour })
  }
  return branches
}

/** How one branch, or a query, is called. */
export function drawScheme(random: Random, queued: number): 'http:' | 'queue:' {
  return random.chance(queued) ? 'queue:' : 'http:'
}

function drawDriving(mode: Mode, mustBeCoordinator: boolean, random: Random): Driving {
  if (mode === 'message' || mustBeCoordinator) return 'coordinator'
  return random.weighted<Driving>({ coordinator: 3, application: 2, tried: mode === 'tcc' ? 6 : 2 })
}

function drawBehaviour(random: Random, climate: Climate, isPivot: boolean): Behaviour {
  return {
    refuses: random.weighted({ never: 6, maybe: 1, always: 1 }) === 'never' ? 0 : random.pick([0.3, 1]),
    goesOn: climate.participants * random.pick([0, 0.1, 0.5]),
    balks: climate.participants * random.pick([0, 0, 0.3]),
    result: random.chance(isPivot ? 0.5 : 0.85) ? { amount: random.whole(1, 99), note: 'kept' } : undefined,
  }
}

function drawRetry(random: Random): BranchRequest['retry'] {
  return {
    intervalMs: random.pick([10, 60, 250]),
    ...(random.chance(0.5) ? { maxIntervalMs: random.pick([100, 800]) } : {}),
    ...(random.chance(0.4) ? { maxAttempts: random.whole(1, 5) } : {}),
  }
}

function urlsOf(
  mode: Mode,
  origin: string,
  random: Random,
  place: { isPivot: boolean; isFollower: boolean; driving: Driving },
): Partial<BranchRequest> {
  const url = (what: string): string => `${origin}/${what}`
  const phaseOne =
    place.driving === 'application' && random.chance(0.3)
      ? {}
      : { action: place.driving === 'coordinator' && random.chance(0.04) ? '' : url('action') }
  switch (mode) {
    case 'saga': {
      const hasUndo = !place.isFollower && random.chance(place.isPivot ? 0.35 : 0.88)
      return { ...phaseOne, ...(hasUndo ? { compensate: url('compensate') } : {}) }
    }
    case 'tcc':
      return { ...phaseOne, confirm: url('confirm'), cancel: url('cancel') }
    case 'xa':
      return { ...phaseOne, commit: url('commit'), rollback: url('rollback') }
    case 'message':
      return { action: url('action') }
  }
}

/** Which results an envelope carries: all of those before it, some, or none. */
function readsOf(before: readonly PlannedBranch[], random: Random): Pick<BranchRequest, 'reads'> {
  if (random.chance(0.5)) return {}
  return { reads: before.map(({ request }) => request.branchId).filter(() => random.chance(0.3)) }
}

/** What a branch waits for and reads, among those drawn before it. */
function orderOf(before: readonly PlannedBranch[], random: Random): Partial<BranchRequest> {
  const order: Partial<BranchRequest> = {}
  const earlier = before.map((branch) => branch.request.branchId)
  if (earlier.length > 0 && random.chance(0.35)) order.after = [random.pick(earlier)]
  const own = `b${before.length + 1}`
  order.payload = { from: own, amount: random.whole(1, 99) }
  if (earlier.length > 0 && random.chance(0.25)) {
    order.payload = { from: own, amount: reference(random.pick(earlier), random) }
  }
  if (random.chance(0.25)) {
    const read = earlier.length > 0 && random.chance(0.4) ? random.pick(earlier) : own
    order.undoPayload = { undo: own, amount: reference(read, random) }
  }
  return order
}

function reference(branchId: string, random: Random): Json {
  return { $result: branchId, pointer: random.chance(0.95) ? '/amount' : '/nothing/here' }
}
