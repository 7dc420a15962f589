import type { Application, Stage } from './application.ts'
import { runAtOnce } from './run-at-once.ts'
import { runMessage } from './run-message.ts'
import { runSteps } from './run-steps.ts'

/** What the client of one transaction does, from its beginning until it has nothing more to say. */
export async function runClient(application: Application, stage: Stage): Promise<void> {
  const { plan } = application
  if (plan.mode === 'message') await runMessage(application, stage)
  else if (plan.style === 'run') await runAtOnce(application, stage)
  else await runSteps(application, stage)
}
