import { MODE_ROWS } from '@assent/engine'
import type { BarrierOperation } from '@assent/participant'
import { type Application, codeOf, isOk, type Stage } from './application.ts'
import type { PlannedBranch } from './plan.ts'

/** How often an application calls a participant itself before it gives up on it. */
const CALLS_MAX = 4

/** Start, branch after branch, and then the caller's word. */
export async function runSteps(application: Application, stage: Stage): Promise<void> {
  const { plan } = application
  const { gid, mode, options } = plan
  const { random, weather, line } = stage
  const request = { gid, mode, options }
  const started = await application.settle({ what: 'start', request })
  if (!isOk(started)) return
  if (random.chance(0.1)) await line.ask({ what: 'start', request: { ...request, name: 'other' } }, 2_000)
  let hasRefused = false
  for (const branch of plan.branches) {
    if (weather.strikes('clients', 0.05)) return
    const ended = await registerBranch(application, branch, stage)
    if (ended === 'gave-up') return
    if (ended === 'refused') hasRefused = true
    if (random.chance(0.2)) await line.sleep(random.between(10, 1_500))
    if (hasRefused && random.chance(0.7)) break
  }
  await finish(application, hasRefused, stage)
}

type Ended = 'open' | 'done' | 'refused' | 'gave-up'

async function registerBranch(application: Application, branch: PlannedBranch, stage: Stage): Promise<Ended> {
  const { gid } = application.plan
  const { request } = branch
  if (branch.driving === 'tried') {
    // Asked for twice at once, wherever that is, it is called twice as well.
    if (stage.weather.strikes('clients', 0.5))
      void stage.line.ask({ what: 'try', request: { gid, branch: request } }, 4_000)
    const tried = await application.settle({ what: 'try', request: { gid, branch: request } }, 4_000)
    if (codeOf(tried) === 'BRANCH_REFUSED') return 'refused'
    if (!isOk(tried)) return tried === undefined ? 'open' : 'gave-up'
    if (stage.random.chance(0.2))
      await stage.line.ask({ what: 'try', request: { gid, branch: request } }, 4_000)
    return tried?.kind === 'tried' && tried.value.outcome === 'done' ? 'done' : 'open'
  }
  const added = await application.settle({ what: 'add', request: { gid, branch: request } })
  if (!isOk(added)) return 'gave-up'
  if (stage.random.chance(0.1)) {
    const other = { ...request, payload: { other: true } }
    await stage.line.ask({ what: 'add', request: { gid, branch: other } }, 2_000)
  }
  return branch.driving === 'coordinator' ? 'open' : callAndReport(application, branch, stage)
}

/** The application calls the service, and says how it ended; it never says what it doesn't know. */
async function callAndReport(application: Application, branch: PlannedBranch, stage: Stage): Promise<Ended> {
  const { gid, mode } = application.plan
  const { branchId } = branch.request
  const op = MODE_ROWS[mode].phaseOne as BarrierOperation
  for (let calls = 0; calls < CALLS_MAX; calls++) {
    const reply = await application.call(branch, op)
    if (stage.weather.strikes('clients', 0.08)) return 'gave-up'
    if (reply?.outcome === 'done' || reply?.outcome === 'refused') {
      const { outcome } = reply
      const said =
        outcome === 'done' ? { result: 'result' in reply ? reply.result : undefined } : { reason: 'NO' }
      const named = stage.random.chance(0.5) ? { op } : {}
      const request = { gid, branchId, outcome, ...said, ...named }
      const told = await application.settle({ what: 'report', request })
      return isOk(told) ? outcome : 'open'
    }
    await stage.line.sleep(stage.random.between(20, 400))
  }
  return 'open'
}

async function finish(application: Application, hasRefused: boolean, { random, line }: Stage): Promise<void> {
  const { plan } = application
  const { gid } = plan
  const finale = hasRefused && plan.finale === 'submit' && random.chance(0.6) ? 'abort' : plan.finale
  const waitMs = random.chance(0.4) ? random.pick([300, 3_000]) : undefined
  const request = waitMs === undefined ? { gid } : { gid, waitMs }
  const timeoutMs = (waitMs ?? 0) + 2_000
  switch (finale) {
    case 'submit':
      await application.settle({ what: 'submit', request }, timeoutMs)
      if (random.chance(0.25)) await line.ask({ what: 'submit', request }, timeoutMs)
      return
    case 'abort':
      await application.settle({ what: 'abort', request }, timeoutMs)
      return
    case 'vanish':
      return
    case 'by-branch': {
      const branch = random.pick(plan.branches)
      const what = hasRefused || random.chance(0.3) ? 'cancel' : 'confirm'
      await application.settle({ what, request: { gid, branchId: branch.request.branchId } }, 4_000)
      return
    }
  }
}
