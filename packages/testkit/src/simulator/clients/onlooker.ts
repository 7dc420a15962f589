import { MODE_ROWS } from '@assent/engine'
import type { BarrierOperation } from '@assent/participant'
import type { Application, Stage } from './application.ts'

/** Others who look at a transaction, hurry it, change their mind about it, or speak out of turn. */
export async function lookOn(application: Application, stage: Stage): Promise<void> {
  const { line, random } = stage
  const { plan } = application
  const { gid } = plan
  await line.sleep(random.between(0, 300))
  for (let acts = random.whole(0, 5); acts > 0; acts--) {
    await line.sleep(random.between(5, random.chance(0.6) ? 400 : 5_000))
    switch (drawAct(plan.mode === 'message', stage)) {
      case 'get':
        await line.ask({ what: 'get', request: { gid } }, 2_000)
        break
      case 'wait':
        await line.ask({ what: 'get', request: { gid, waitMs: random.pick([500, 4_000]) } }, 6_000)
        break
      case 'follow':
        void line.ask({ what: 'events', request: { gid, after: random.whole(0, 3) } }, 2_000)
        break
      case 'list':
        await line.ask({ what: 'list', request: { limit: 5 } }, 2_000)
        break
      case 'retry':
        await line.ask({ what: 'retry', request: { gid } }, 2_000)
        break
      case 'abort':
        await line.ask({ what: 'abort', request: { gid, reason: 'changed its mind' } }, 2_000)
        break
      case 'report':
        await speak(application, stage)
        break
    }
  }
}

function drawAct(isMessage: boolean, { weather, random }: Stage): string {
  const meddles = weather.isCalm ? 0 : weather.climate.clients
  return random.weighted({
    get: 2,
    wait: 1,
    follow: 1,
    list: 0.3,
    retry: 1 + meddles,
    // Only the sender of a message knows whether it may be aborted.
    abort: isMessage ? 0 : 0.2 + meddles,
    report: 0.5 + 3 * meddles,
  })
}

/**
 * Says something true about one operation of one branch, whether or not anybody asks about that one now: an
 * answer to anything but the open operation must change nothing.
 */
async function speak(application: Application, { line, random }: Stage): Promise<void> {
  const { plan } = application
  const { gid, mode } = plan
  const branch = random.pick(plan.branches)
  const { branchId } = branch.request
  const row = MODE_ROWS[mode]
  const participant = application.participantOf(branch)
  const ops = [row.phaseOne, row.confirm, row.follow, row.undo].filter((op) => op !== undefined)
  const op = random.pick(ops) as BarrierOperation
  if (!participant.hasDone(application.callId(branch, op))) return
  const said = { gid, branchId, op, outcome: 'done' as const }
  if (random.chance(0.5)) {
    const isOrigin = op === row.phaseOne || op === row.follow
    const result = isOrigin ? branch.behaviour.result : undefined
    await line.ask({ what: 'report', request: { ...said, result } }, 2_000)
  } else {
    await line.ask({ what: 'resolve', request: { ...said, reason: 'seen in the service' } }, 2_000)
  }
}
