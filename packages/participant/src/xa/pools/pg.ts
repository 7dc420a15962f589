import { type ClientOf, type PgPool, type PgPoolClient, pg, sessionOn } from '../../databases/pg.ts'
import type { XaPool } from './pool.ts'

/** A `Pool` of `pg`. */
export function pgPool<Pool extends PgPool>(pool: Pool): XaPool<ClientOf<Pool>> {
  return {
    database: pg(pool),
    take: async () => {
      const client = (await pool.connect()) as PgPoolClient
      client.on('error', ignore)
      return {
        connection: client as ClientOf<Pool>,
        session: sessionOn(client),
        release: (isSound) => {
          client.removeListener('error', ignore)
          client.release(!isSound)
        },
      }
    },
  }
}

/** A connection that breaks while it rests says so again at the next query. */
function ignore(): void {}
