import type { showSaga } from '../order/show-saga.ts'

/** A saga as `GET /sagas/{id}` shows it. */
export type SagaShown = ReturnType<typeof showSaga>

type StepShown = SagaShown['steps'][number]

/** A saga for people: where it stands, and each call in the order in which they were made, with how long it took. */
export function timeline(saga: SagaShown): string {
  const { saga_id, status, failed_step, error, created_at, updated_at } = saga
  const why = failed_step === undefined ? '' : `: ${failed_step} failed, ${error ?? 'nobody knows why'}`
  const took = Date.parse(updated_at) - Date.parse(created_at)
  return [`${saga_id} ${status} after ${took} ms${why}`, ...columns(callsOf(saga))].join('\n')
}

function callsOf({ steps, created_at }: SagaShown): string[][] {
  const startedAt = Date.parse(created_at)
  return (
    steps
      .flatMap((step) => step.attempts.map((attempt) => ({ step, attempt })))
      .map((call) => ({ ...call, afterMs: Date.parse(call.attempt.at) - startedAt }))
      // Within one millisecond: nothing is undone before the last call that was made.
      .sort((one, other) => one.afterMs - other.afterMs || Number(isUndo(one)) - Number(isUndo(other)))
      .map(({ attempt, afterMs }) => [
        `  +${afterMs} ms`,
        attempt.command_type,
        attempt.outcome,
        `${Math.round(attempt.duration_ms)} ms`,
        attempt.error ?? '',
      ])
  )
}

function isUndo({ step, attempt }: { step: StepShown; attempt: StepShown['attempts'][number] }): boolean {
  return attempt.command_type === step.compensation_type
}

/** Rows of texts below each other, without spaces at their ends. */
function columns(rows: readonly string[][]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
