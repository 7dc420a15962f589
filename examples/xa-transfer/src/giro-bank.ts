import { createServer } from 'node:http'
import { nodeHandler, Refused, xaMariadb, xaParticipant } from 'assent/participant'
import type { Pool } from 'mariadb'
import type { Booking } from './transfer.ts'

/** A bank that keeps its accounts in MariaDB or MySQL. */
export async function giroBank(pool: Pool) {
  await pool.query('CREATE TABLE IF NOT EXISTS giro (account varchar(64) PRIMARY KEY, cents bigint NOT NULL)')
  const resource = xaMariadb(pool, { service: 'giro' })
  await resource.check()

  const server = createServer(
    nodeHandler(
      xaParticipant(resource, async ({ payload, database }) => {
        const { account, cents } = payload as unknown as Booking
        const booked = await database.query(
          'UPDATE giro SET cents = cents + ? WHERE account = ? AND cents + ? >= 0',
          [cents, account, cents],
        )
        if (booked.affectedRows === 0) throw new Refused('NO_SUCH_ACCOUNT', `there is no account ${account}`)
      }),
    ),
  )
  return { resource, server }
}
