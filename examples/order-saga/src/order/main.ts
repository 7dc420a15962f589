/** The order service as a process: DATABASE_URL, KAFKA_BROKERS, PORT. */
import { openBroker } from '../service/broker.ts'
import { readEnvironment } from '../service/environment.ts'
import { run } from '../service/run.ts'
import { startOrderService } from './service.ts'

const environment = readEnvironment({ database: 'orders', port: 3001 })

await run('order-service', (signal) =>
  startOrderService({ environment, broker: openBroker('order-service', environment), signal }),
)
