import type { Mode, Options } from '@assent/contract'
import type { Random } from '../../time/random.ts'
import type { Climate } from '../chaos/weather.ts'
import type { Plan } from './plan.ts'
import { drawScheme, planBranches } from './plan-branches.ts'

const MODES: Readonly<Record<Mode, number>> = { saga: 5, tcc: 3, xa: 1, message: 2 }

/** Everything about a transaction that its seed decides beforehand. */
export function drawPlan(
  gid: string,
  random: Random,
  climate: Climate,
  world: { participants: readonly string[]; startsWithin: number },
): Plan {
  const mode = random.weighted(MODES)
  const style = mode === 'message' || random.chance(0.45) ? 'steps' : 'run'
  const queued = random.pick([0, 0.5, 0.5, 1])
  const branches = planBranches(mode, style, random, { climate, participants: world.participants, queued })
  return {
    gid,
    mode,
    style,
    startsAt: random.between(5, world.startsWithin),
    options: drawOptions(random),
    query: mode === 'message' ? `${drawScheme(random, queued)}//application/query` : undefined,
    branches,
    finale: random.weighted({ submit: 7, abort: 1, vanish: climate.clients + 0.3, 'by-branch': 1.2 }),
  }
}

function drawOptions(random: Random): Partial<Options> {
  return {
    timeoutToFailMs: random.pick([600, 2_500, 6_000, 15_000]),
    abandonAfterMs: random.whole(3_000, 15_000),
    requestTimeoutMs: random.pick([150, 400, 1_200, 2_500]),
    retryIntervalMs: random.pick([20, 100, 400]),
    retryMaxIntervalMs: random.pick([200, 1_000, 3_000]),
    attentionAfterMs: random.pick([500, 3_000, 20_000]),
    parallelism: random.pick([1, 2, 10]),
    order: random.chance(0.2) ? 'sequential' : 'parallel',
  }
}
