import type { BranchView, TransactionView } from 'assent'

/** A saga as it is shown: where it stands, its steps, and every call of each. */
export function showSaga(transaction: TransactionView) {
  const { gid, status, failedBranch, reason, refusal, attention, branches, createdAt, updatedAt } =
    transaction
  return {
    saga_id: gid,
    order_id: gid,
    status: sagaStatus(transaction),
    ...(failedBranch !== undefined && { failed_step: failedBranch }),
    ...(status.startsWith('ABORT') && { error: refusal?.message ?? reason }),
    // It goes on being tried, and a person should look at it.
    ...(attention !== undefined && { attention: attention.reason }),
    steps: branches.map(showStep),
    created_at: timeOf(createdAt),
    updated_at: timeOf(updatedAt),
  }
}

/** The words of `saga_transactions`. */
export type SagaStatus = 'Started' | 'InProgress' | 'Completed' | 'Compensating' | 'Compensated'

export function sagaStatus({ status, branches }: TransactionView): SagaStatus {
  switch (status) {
    case 'COMMITTED':
      return 'Completed'
    case 'ABORTING':
      return 'Compensating'
    case 'ABORTED':
      return 'Compensated'
    case 'PREPARED':
    case 'SUBMITTED':
    case 'COMMITTING':
      return branches[0]?.status === 'SUCCEED' ? 'InProgress' : 'Started'
  }
}

function showStep({ branchId, action, compensate, status, attempts, attemptCount }: BranchView) {
  return {
    step: branchId,
    command_type: commandOf(action),
    ...(compensate !== undefined && { compensation_type: commandOf(compensate) }),
    status,
    /** Older ones than these are only counted. */
    attempt_count: attemptCount,
    attempts: attempts.map(({ op, at, durationMs, outcome, error }) => ({
      command_type: commandOf(op === 'compensate' ? compensate : action),
      at: timeOf(at),
      duration_ms: durationMs,
      outcome,
      ...(error !== undefined && { error }),
    })),
  }
}

/** Of a URL such as `kafka:payment-service-commands/ProcessPayment`. */
function commandOf(url = ''): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

function timeOf(epochMs: number): string {
  return new Date(epochMs).toISOString()
}
