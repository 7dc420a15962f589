import { expect, it } from 'vitest'
import { type SagaShown, timeline } from './timeline.ts'

const at = (ms: number): string => new Date(1_700_000_000_000 + ms).toISOString()

const step = (name: string, action: string, attempts: SagaShown['steps'][number]['attempts']) => ({
  step: name,
  command_type: action,
  compensation_type: `Undo${action}`,
  status: 'COMPENSATED' as const,
  attempt_count: attempts.length,
  attempts,
})

it('calls stand in the order in which they were made, undos behind what they undo', () => {
  const saga: SagaShown = {
    saga_id: 'order-1',
    order_id: 'order-1',
    status: 'Compensated',
    failed_step: 'payment',
    error: 'Payment processing failed',
    steps: [
      step('order', 'CreateOrder', [
        { command_type: 'CreateOrder', at: at(3), duration_ms: 20, outcome: 'done' },
        { command_type: 'UndoCreateOrder', at: at(24), duration_ms: 9, outcome: 'done' },
      ]),
      step('payment', 'ProcessPayment', [
        {
          command_type: 'ProcessPayment',
          at: at(24),
          duration_ms: 11,
          outcome: 'refused',
          error: 'PAYMENT_FAILED',
        },
      ]),
    ],
    created_at: at(0),
    updated_at: at(33),
  }
  expect(timeline(saga)).toBe(
    `order-1 Compensated after 33 ms: payment failed, Payment processing failed
  +3 ms   CreateOrder      done     20 ms
  +24 ms  ProcessPayment   refused  11 ms  PAYMENT_FAILED
  +24 ms  UndoCreateOrder  done     9 ms`,
  )
})
