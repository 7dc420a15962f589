import { type Application, isOk, type Stage } from './application.ts'

/** A message: registered, then the sender's own local transaction, then submitted, or left to the query. */
export async function runMessage(application: Application, { random, weather, line }: Stage): Promise<void> {
  const { plan } = application
  const { gid, mode, options, query } = plan
  const started = await application.settle({ what: 'start', request: { gid, mode, options, query } })
  const isRegistered = isOk(started) && (await addAll(application))
  await line.sleep(random.between(1, 1_500))
  // A sender that does not know its message registered must not commit what the message belongs to.
  application.endLocal(isRegistered && random.chance(0.75) ? 'committed' : 'rolled-back')
  if (plan.finale === 'vanish' || weather.strikes('clients', 0.15)) return
  const what = application.local === 'committed' ? 'submit' : 'abort'
  await application.settle({ what, request: { gid } })
}

async function addAll(application: Application): Promise<boolean> {
  const { gid, branches } = application.plan
  for (const { request } of branches) {
    if (!isOk(await application.settle({ what: 'add', request: { gid, branch: request } }))) return false
  }
  return true
}
