/**
 * The order service, which now and then refuses to create an order, and to approve one that is paid and reserved, so that
 * sagas fail at each of their steps. Whoever asks again is refused again.
 */
import { createHash } from 'node:crypto'
import { type Commands, Refused } from 'assent/participant'
import type { PoolClient } from 'pg'
import { OrderData, payloadOf } from '../src/messages/payloads.ts'
import { ORDER_COMMANDS } from '../src/order/commands.ts'
import { startOrderService } from '../src/order/service.ts'
import { openBroker } from '../src/service/broker.ts'
import { readEnvironment } from '../src/service/environment.ts'
import { run } from '../src/service/run.ts'

/** Of so many orders one is refused at each of the two steps. */
const REFUSED_OF = 10

const environment = readEnvironment({ database: 'orders', port: 3001 })

function refusing(step: 'CreateOrder' | 'ApproveOrder'): Commands<PoolClient>[string] {
  return (work) => {
    const { order_id } = payloadOf(OrderData, work.payload)
    const hash = createHash('sha256').update(`${step} ${order_id}`).digest()
    if (hash.readUInt32BE() % REFUSED_OF === 0) throw new Refused('NOT_TODAY', 'Not today')
    return ORDER_COMMANDS[step](work)
  }
}

await run('order-service', (signal) =>
  startOrderService({
    environment,
    broker: openBroker('order-service', environment),
    signal,
    commands: {
      ...ORDER_COMMANDS,
      CreateOrder: refusing('CreateOrder'),
      ApproveOrder: refusing('ApproveOrder'),
    },
  }),
)
