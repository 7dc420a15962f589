/** The inventory service as a process: DATABASE_URL, KAFKA_BROKERS, PORT. */
import { openBroker } from '../service/broker.ts'
import { readEnvironment } from '../service/environment.ts'
import { run } from '../service/run.ts'
import { startInventoryService } from './service.ts'

const environment = readEnvironment({ database: 'inventory', port: 3003 })

await run('inventory-service', (signal) =>
  startInventoryService({ environment, broker: openBroker('inventory-service', environment), signal }),
)
