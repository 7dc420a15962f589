import { setTimeout as sleep } from 'node:timers/promises'
import type { SagaShown } from './timeline.ts'

const POLL_MS = 20

export interface OrderBody {
  customer_id: string
  product_id: string
  quantity: number
  total_amount: number
  /** A card that is declined now and then without it. */
  payment_method?: 'credit_card' | 'declined_card' | 'accepted_card'
}

export interface Ended {
  status: 'approved' | 'cancelled'
  saga: SagaShown
}

/** Orders at `url`, and resolves when order and saga have ended. */
export async function orderAndWait(url: string, body: OrderBody, signal: AbortSignal): Promise<Ended> {
  const { order_id, saga_id } = await answerOf<{ order_id: string; saga_id: string }>(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  })
  for (;;) {
    const saga = await answerOf<SagaShown>(`${url}/sagas/${saga_id}`, { signal })
    if (saga.status === 'Completed' || saga.status === 'Compensated') {
      const { status } = await answerOf<Ended>(`${url}/orders/${order_id}`, { signal })
      return { status, saga }
    }
    await sleep(POLL_MS, undefined, { signal })
  }
}

async function answerOf<Body>(url: string, options: RequestInit): Promise<Body> {
  const response = await fetch(url, options)
  if (response.ok) return (await response.json()) as Body
  throw new Error(`${url} was answered ${response.status} ${await response.text()}`)
}
