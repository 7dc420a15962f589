import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Library } from '../../test/sql/library.ts'
import { PRISMA_POSTGRES } from '../../test/sql/prisma.ts'
import {
  DRIZZLE_MYSQL2,
  DRIZZLE_PG,
  DRIZZLE_POSTGRES_JS,
  KNEX_MYSQL,
  KNEX_POSTGRES,
  KYSELY_MYSQL,
  KYSELY_POSTGRES,
} from '../../test/sql/query-builders.ts'

/** TypeORM connects before there is an adapter, and Prisma waits ten seconds for a MariaDB. */
const LIBRARIES: readonly Library<never>[] = [
  DRIZZLE_MYSQL2,
  DRIZZLE_PG,
  DRIZZLE_POSTGRES_JS,
  KNEX_MYSQL,
  KNEX_POSTGRES,
  KYSELY_MYSQL,
  KYSELY_POSTGRES,
  PRISMA_POSTGRES,
] as Library<never>[]

/** A port at which nobody listens, but whoever gets it next. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe.each(LIBRARIES)('$name without a server', ({ dialect, open }) => {
  it('makes a call unavailable, with nothing done', async () => {
    const protocol = dialect === 'postgres' ? 'postgres' : 'mysql'
    const opened = await open(`${protocol}://nobody:nothing@127.0.0.1:${await freePort()}/none`, 1)
    const plan = {
      isolation: 'read committed',
      first: [],
      work: () => Promise.reject(new Error('was run')),
    } as const
    await expect(opened.database.transact(plan)).rejects.toMatchObject({ name: 'BarrierUnavailable' })
    await opened.close()
  })
})
