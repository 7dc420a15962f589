import { createConnection } from 'mariadb'

/** A new empty database on a server, with a way to remove it. */
export interface TestDatabase {
  /** Of the account that made it. */
  url: string
  name: string
  /** Runs statements in it, as that account, and answers what the last one did. */
  run(...statements: string[]): Promise<Record<string, unknown>[]>
  drop(): Promise<void>
}

let made = 0

/** `server` is the URL of an account that may make databases. */
export async function newDatabase(server: string): Promise<TestDatabase> {
  made += 1
  const name = `assent_test_${process.pid}_${made}`
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href
  await runOn(server, `CREATE DATABASE ${name}`)
  return {
    url,
    name,
    run: (...statements) => runOn(url, ...statements),
    drop: async () => void (await runOn(server, `DROP DATABASE ${name}`)),
  }
}

/** Runs statements as the URL's account, and answers what the last one did. */
export async function runOn(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const { hostname: host, port, username: user, password, pathname } = new URL(url)
  const connection = await createConnection({
    host,
    port: Number(port),
    user,
    password,
    database: pathname.slice(1),
    bigIntAsNumber: true,
  })
  let last: Record<string, unknown>[] = []
  try {
    for (const statement of statements) last = await connection.query(statement)
    return last
  } finally {
    await connection.end()
  }
}
