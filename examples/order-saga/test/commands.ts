import { randomUUID } from 'node:crypto'
import type { Broker } from 'assent'
import { kafkaBroker } from 'assent/kafka'
import { COMMANDS, REPLIES } from '../src/messages/topics.ts'

const TIMEOUT_MS = 20_000

export interface Reply {
  command_id: string
  saga_id: string
  status: string
  result: unknown
  error: string | null
}

/** Sends commands as the coordinator does, and waits for their replies. */
export interface CommandSender extends AsyncDisposable {
  send(
    sagaId: string,
    op: 'action' | 'compensate',
    commandType: string,
    payload: { order_id: string; amount: number; payment_method: string },
  ): Promise<Reply>
}

/** Of commands to the payment service. */
export async function paymentCommandSender(brokers: string): Promise<CommandSender> {
  const broker = kafkaBroker({ brokers: [brokers], clientId: 'test' })
  const waiting = new Map<string, (reply: Reply) => void>()
  await broker.subscribe({
    topics: [REPLIES],
    group: `test-${randomUUID()}`,
    handle: async ({ value }) => {
      const reply: Reply = JSON.parse(value)
      waiting.get(reply.command_id)?.(reply)
    },
  })
  return {
    async send(sagaId, op, commandType, payload) {
      const id = randomUUID()
      const replied = new Promise<Reply>((resolve) => waiting.set(id, resolve))
      await broker.send([commandMessage(id, sagaId, op, commandType, payload)])
      const late = AbortSignal.timeout(TIMEOUT_MS)
      const noReply = new Promise<never>((_, reject) => {
        late.addEventListener('abort', () => reject(new Error(`${commandType} was not answered`)))
      })
      return Promise.race([replied, noReply])
    },
    [Symbol.asyncDispose]: () => broker.close(),
  }
}

function commandMessage(
  id: string,
  sagaId: string,
  op: string,
  commandType: string,
  payload: unknown,
): Parameters<Broker['send']>[0][number] {
  const key = `${sagaId}/payment/${op}`
  return {
    topic: COMMANDS.payment,
    key: sagaId,
    value: JSON.stringify({
      id,
      saga_id: sagaId,
      command_type: commandType,
      payload,
      idempotency_key: key,
      created_at: new Date().toISOString(),
    }),
    headers: {
      'assent-gid': sagaId,
      'assent-branch-id': 'payment',
      'assent-op': op,
      'assent-mode': 'saga',
      'idempotency-key': key,
      'assent-reply-topic': REPLIES,
    },
  }
}
