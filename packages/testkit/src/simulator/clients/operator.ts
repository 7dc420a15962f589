import type { TransactionView } from '@assent/contract'
import type { BarrierOperation } from '@assent/participant'
import type { Application, Stage } from './application.ts'

const LOOK_INTERVAL_MS = 1_500

/** Who acts on attention once the trouble is over: does by hand what can't be called, and says so. */
export async function operate(
  applications: ReadonlyMap<string, Application>,
  stage: Stage,
  isOver: () => boolean,
): Promise<void> {
  const { line } = stage
  for (;;) {
    await line.sleep(LOOK_INTERVAL_MS)
    if (isOver()) return
    const told = await line.ask({ what: 'list', request: { limit: 100, attention: true } }, 2_000)
    if (told?.kind !== 'views') continue
    for (const view of told.value) {
      const application = applications.get(view.gid)
      if (application !== undefined) await attend(application, view, stage)
    }
  }
}

async function attend(application: Application, view: TransactionView, { line }: Stage): Promise<void> {
  const { attention, gid } = view
  if (attention?.branchId === undefined) return
  const { branchId, reason: why } = attention
  const op = attention.op as BarrierOperation
  const branch = application.plan.branches.find((planned) => planned.request.branchId === branchId)
  if (branch === undefined) return
  const participant = application.participantOf(branch)
  const call = { gid, branchId, op }
  if (why === 'RESULT_MISSING') participant.doByHand(call)
  if (!participant.hasDone(call)) return
  const reason = 'done by hand'
  await line.ask({ what: 'resolve', request: { gid, branchId, op, outcome: 'done', reason } }, 2_000)
}
