/** The inventory service as a process: DATABASE_URL, KAFKA_BROKERS, PORT. */
import { kafkaBroker } from 'assent/kafka'
import { readEnvironment } from '../service/environment.ts'
import { run } from '../service/run.ts'
import { startInventoryService } from './service.ts'

const environment = readEnvironment({ database: 'inventory', port: 3003 })

await run('inventory-service', (signal) => {
  const broker = kafkaBroker({ brokers: environment.brokers, clientId: 'inventory-service' })
  return startInventoryService({ environment, broker, signal })
})
