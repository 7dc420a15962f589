/**
 * The payment service with a barrier that forgets at once what it has done, and a table that takes two payments for one
 * order: a run must find that people are charged twice.
 */
import { startPaymentService } from '../../src/payment/service.ts'
import { openBroker } from '../../src/service/broker.ts'
import { openPool } from '../../src/service/database.ts'
import { readEnvironment } from '../../src/service/environment.ts'
import { run } from '../../src/service/run.ts'
import { INBOX_TABLE } from '../../src/service/tables.ts'

const FORGETS_EVERY_MS = 20

const environment = readEnvironment({ database: 'payments', port: 3002 })

await run('payment-service', async (signal) => {
  const broker = openBroker('payment-service', environment)
  const service = await startPaymentService({ environment, broker, failureRate: 0.2, signal })
  const pool = openPool(environment.databaseUrl)
  await pool.query('ALTER TABLE payments DROP CONSTRAINT IF EXISTS payments_order_id_key')
  const forgetting = setInterval(() => {
    // The database may be away, as part of the run.
    pool.query(`DELETE FROM ${INBOX_TABLE}`).catch(() => {})
  }, FORGETS_EVERY_MS)
  return {
    url: service.url,
    async [Symbol.asyncDispose]() {
      clearInterval(forgetting)
      await pool.end()
      await service[Symbol.asyncDispose]()
    },
  }
})
