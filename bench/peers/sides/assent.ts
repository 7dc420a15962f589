import { startServer, temporaryDirectory } from '../../processes/server.ts'
import { ID, stepsOf, type Work } from '../works.ts'
import type { Databases } from './databases.ts'
import type { Ask, RunningSide, Side } from './side.ts'

const AUDIT = 'one line of audit for each saga, written to a file'

export const assentOnSqlite: Side = {
  id: 'assent-sqlite',
  name: 'Assent on SQLite',
  start: () =>
    startAssent({}, {}, [
      `Assent on SQLite: \`assent start\` with its defaults: WAL with \`synchronous=FULL\`, a commit is synced before it is answered, ${AUDIT}.`,
    ]),
}

export const assentOnPostgres: Side = onDatabase('postgres', 'PostgreSQL', (url) => ({
  ASSENT_STORE: 'postgres',
  ASSENT_POSTGRES_DSN: url,
}))

export const assentOnMariadb: Side = onDatabase('mariadb', 'MariaDB', (url) => ({
  ASSENT_STORE: 'mysql',
  ASSENT_MYSQL_DSN: url,
}))

export const assentOnRedis: Side = onDatabase('redis', 'Redis', (url) => ({
  ASSENT_STORE: 'redis',
  ASSENT_REDIS_URL: url,
}))

function onDatabase(
  kind: Parameters<Databases['get']>[0],
  product: string,
  environment: (url: string) => Readonly<Record<string, string>>,
): Side {
  const name = `Assent on ${product}`
  return {
    id: `assent-${kind}`,
    name,
    async start(databases) {
      const { url, pid, version } = await databases.get(kind)
      return startAssent(environment(url), { [product]: pid }, [
        `${name} ${version}: \`assent start\` with \`--store=${environment(url).ASSENT_STORE}\` and else its defaults, ${AUDIT}.`,
      ])
    },
  }
}

async function startAssent(
  environment: Readonly<Record<string, string>>,
  database: Readonly<Record<string, number>>,
  settings: readonly string[],
): Promise<RunningSide> {
  const directory = temporaryDirectory()
  const server = await startServer({ directory: directory.path, environment })
  return {
    settings,
    processes: { server: server.pid, ...database },
    ask: (work, participant) => askAssent(server.url, work, participant),
    async [Symbol.asyncDispose]() {
      await server.stop()
      directory[Symbol.dispose]()
    },
  }
}

export function askAssent(url: string, work: Work, participant: string): Ask {
  const branches = stepsOf(work, participant)
  // The others take one step after the other, so Assent does too.
  const body = { gid: ID, name: work.name, branches, options: { order: 'sequential' }, wait: true }
  return {
    url: `${url}/api/tx`,
    body: JSON.stringify(body),
    status: 201,
    says: `"status":"${work.ends}"`,
  }
}
