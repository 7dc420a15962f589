import { Client } from 'pg'
import { reasonOf } from '../service/patiently.ts'
import { type DatabaseName, SERVICES } from './services.ts'

const DUPLICATE_DATABASE = '42P04'

/** Sees to it that each service has its database on this server, and answers with their addresses. */
export async function createDatabases(serverUrl: string): Promise<Readonly<Record<DatabaseName, string>>> {
  const client = new Client({ connectionString: serverUrl })
  try {
    await client.connect()
    for (const { database } of SERVICES) await createDatabase(client, database)
  } catch (error) {
    const { host } = new URL(serverUrl)
    const message = `The databases can not be created in PostgreSQL at ${host}: ${reasonOf(error)}`
    throw new Error(message, { cause: error })
  } finally {
    await client.end()
  }
  const urls = SERVICES.map(({ database }) => [database, addressOf(serverUrl, database)])
  return Object.fromEntries(urls) as Record<DatabaseName, string>
}

async function createDatabase(client: Client, name: DatabaseName): Promise<void> {
  try {
    await client.query(`CREATE DATABASE ${name}`)
  } catch (error) {
    if ((error as { code?: string }).code !== DUPLICATE_DATABASE) throw error
  }
}

function addressOf(serverUrl: string, database: DatabaseName): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}
