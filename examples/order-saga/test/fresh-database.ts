import { testPostgres } from '@assent/testkit/servers'
import { Client, Pool } from 'pg'

/** A database of its own for a test. */
export interface FreshDatabase extends AsyncDisposable {
  url: string
  pool: Pool
}

let made = 0

export async function freshDatabase(): Promise<FreshDatabase> {
  const server = await testPostgres()
  made += 1
  const name = `order_saga_${process.pid}_${made}`
  await asAdministrator(server.url, `CREATE DATABASE ${name}`)
  const url = new URL(server.url)
  url.pathname = `/${name}`
  // Tests pull no plugs, and wait for fewer disks.
  const pool = new Pool({
    connectionString: url.href,
    options: '-c search_path=public -c synchronous_commit=off',
  })
  pool.on('error', () => {})
  return {
    url: url.href,
    pool,
    async [Symbol.asyncDispose]() {
      await pool.end()
      await asAdministrator(server.url, `DROP DATABASE ${name} WITH (FORCE)`)
      await server.close()
    },
  }
}

async function asAdministrator(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
