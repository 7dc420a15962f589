import { createServer } from 'node:http'
import { nodeHandler, Refused, sqliteBarrier } from 'assent/participant'
import { PAYMENTS_URL } from './addresses.ts'
import { openDatabase } from './database.ts'

/** What one charge may come to. */
const CENTS_MAX = 1_000_00

interface Charge {
  order: string
  cents: number
}

/** The payments service: another team's, somewhere else. It knows nothing of orders but what a call says. */
export async function startPayments(): Promise<AsyncDisposable> {
  const database = openDatabase(
    'payments',
    `
    CREATE TABLE IF NOT EXISTS charges (number INTEGER PRIMARY KEY, reason TEXT NOT NULL, cents INTEGER NOT NULL) STRICT;
  `,
  )
  const charge = database.prepare('INSERT INTO charges (reason, cents) VALUES (?, ?)')
  const server = createServer(
    nodeHandler({
      barrier: sqliteBarrier(database),
      operations: {
        action: ({ payload }) => {
          const { order, cents } = payload as unknown as Charge
          if (cents > CENTS_MAX) throw new Refused('CARD_DECLINED', `${cents} cents are too many`)
          const { lastInsertRowid } = charge.run(`order ${order}`, cents)
          return { chargeId: `charge ${lastInsertRowid}` }
        },
      },
    }),
  )
  const { hostname, port } = new URL(PAYMENTS_URL)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(Number(port), hostname, resolve)
  })
  return {
    async [Symbol.asyncDispose]() {
      server.close().closeAllConnections()
      database.close()
    },
  }
}
