import type { RunRequest } from '@assent/contract'
import { type Application, isOk, type Stage } from './application.ts'

/** All in one request, from one or several coordinators, again until it is answered. */
export async function runAtOnce(application: Application, { line, random, weather }: Stage): Promise<void> {
  const { plan } = application
  const { gid } = plan
  const request: RunRequest & { gid: string; waitMs?: number } = {
    gid,
    mode: plan.mode,
    options: plan.options,
    branches: plan.branches.map((branch) => branch.request),
  }
  const waiting = random.chance(0.5) ? { ...request, waitMs: random.pick([300, 2_000, 8_000]) } : request
  const timeoutMs = (waiting.waitMs ?? 0) + 2_000
  const isTwice = weather.strikes('clients', 0.3)
  if (isTwice) void line.ask({ what: 'run', request: waiting }, timeoutMs)
  const told = await application.settle({ what: 'run', request: waiting }, timeoutMs)
  if (told !== undefined && !isOk(told)) return
  if (random.chance(0.2)) {
    // The same gid with other content is somebody else's transaction.
    const other = { ...request, payload: { other: true } }
    await line.ask({ what: 'run', request: other }, timeoutMs)
  }
  if (random.chance(0.3)) {
    await line.sleep(random.between(100, 9_000))
    await line.ask({ what: 'run', request: waiting }, timeoutMs)
  }
}
