import { createServer } from 'node:http'
import { nodeHandler, Refused, xaParticipant, xaPg } from 'assent/participant'
import type { Pool } from 'pg'
import type { Booking } from './transfer.ts'

/** A bank that keeps its accounts in PostgreSQL. */
export async function savingsBank(pool: Pool) {
  await pool.query('CREATE TABLE IF NOT EXISTS savings (account text PRIMARY KEY, cents bigint NOT NULL)')
  const resource = xaPg(pool, { service: 'savings' })
  // Says at the start, and not at the first transfer, that the server was never told to prepare transactions.
  await resource.check()

  const server = createServer(
    nodeHandler(
      xaParticipant(resource, async ({ payload, database }) => {
        const { account, cents } = payload as unknown as Booking
        const booked = await database.query(
          'UPDATE savings SET cents = cents + $2 WHERE account = $1 AND cents + $2 >= 0 RETURNING cents',
          [account, cents],
        )
        if (booked.rowCount === 0) throw new Refused('INSUFFICIENT_FUNDS', `${account} has not so much`)
        return { balance: Number(booked.rows[0].cents) }
      }),
    ),
  )
  return { resource, server }
}
