/**
 * DTM, where `DTM_BIN` names its binary. Its SQL stores need the tables of its `sqls` folder, which is looked for
 * beside the binary and in the folder above.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { freePort, temporaryDirectory } from '../../processes/server.ts'
import { startProgram } from '../processes/program.ts'
import { ID, stepsOf, type Work } from '../works.ts'
import type { Databases } from './databases.ts'
import type { Ask, RunningSide, Side } from './side.ts'

/** Its default is 500; the servers here allow fewer. */
const CONNECTIONS = '100'

const binary = (): string | undefined => {
  const path = process.env.DTM_BIN
  return path ? resolve(path) : undefined
}

interface Store {
  driver: 'boltdb' | 'postgres' | 'mysql' | 'redis'
  product: string
  database?: Parameters<Databases['get']>[0]
  against: string
  keeps: string
}

const STORES: readonly Store[] = [
  {
    driver: 'boltdb',
    product: 'bbolt',
    against: 'Assent on SQLite',
    keeps: 'its default, which syncs its file at each commit',
  },
  {
    driver: 'postgres',
    product: 'PostgreSQL',
    database: 'postgres',
    against: 'Assent on PostgreSQL',
    keeps: 'the same server as Assent',
  },
  {
    driver: 'mysql',
    product: 'MariaDB',
    database: 'mariadb',
    against: 'Assent on MariaDB',
    keeps: 'the same server as Assent',
  },
  {
    driver: 'redis',
    product: 'Redis',
    database: 'redis',
    against: 'Assent on Redis',
    keeps: 'the same server as Assent, with `appendfsync always`',
  },
]

export const dtmSides: readonly Side[] = STORES.map((store) => ({
  id: `dtm-${store.driver}`,
  name: `DTM on ${store.product}`,
  against: store.against,
  missing: () => missing(store),
  start: (databases) => startDtm(store, databases),
}))

function missing(store: Store): string | undefined {
  const path = binary()
  if (path === undefined) return 'no path given (DTM_BIN)'
  if (!existsSync(path)) return `there is no ${path}`
  if (isSql(store) && tablesFolder() === undefined) return 'no folder `sqls` lies beside its binary'
  return undefined
}

const isSql = ({ driver }: Store): boolean => driver === 'postgres' || driver === 'mysql'

function tablesFolder(): string | undefined {
  const beside = dirname(binary() ?? '')
  return [beside, dirname(beside)].find((folder) => existsSync(join(folder, 'sqls')))
}

async function startDtm(store: Store, databases: Databases): Promise<RunningSide> {
  await using started = new AsyncDisposableStack()
  const directory = started.use(temporaryDirectory())
  const [http, grpc] = [await freePort(), await freePort()]
  const database = store.database === undefined ? undefined : await databases.get(store.database)
  const program = binary() ?? ''
  const server = started.use(
    await startProgram(program, {
      // bbolt's file is made where it runs; its SQL stores read their tables from there.
      directory: (isSql(store) ? tablesFolder() : undefined) ?? directory.path,
      // Makes the tables.
      args: isSql(store) ? ['-r'] : [],
      environment: {
        ...environmentOf(store, database?.url),
        HTTP_PORT: String(http),
        GRPC_PORT: String(grpc),
        LOG_LEVEL: 'warn',
      },
      logFile: join(directory.path, 'dtm.log'),
      readyUrl: `http://127.0.0.1:${http}/api/ping`,
    }),
  )
  const version = execFileSync(program, ['-v'], { encoding: 'utf8' }).trim()
  const running = started.move()
  return {
    settings: [
      `DTM on ${store.product} (${version}; ${store.keeps}): \`POST /api/dtmsvr/submit\` with \`wait_result\`, at most ${CONNECTIONS} connections to a database, logs from WARN on, else its defaults.`,
    ],
    processes: { server: server.pid, ...(database && { [store.product]: database.pid }) },
    ask: (work, participant) => askDtm(`http://127.0.0.1:${http}`, work, participant),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function environmentOf({ driver }: Store, url: string | undefined): Record<string, string> {
  if (url === undefined) return { STORE_DRIVER: driver }
  const { hostname, port, username, password } = new URL(url)
  return {
    STORE_DRIVER: driver,
    STORE_HOST: hostname,
    STORE_PORT: port,
    STORE_USER: decodeURIComponent(username),
    STORE_PASSWORD: decodeURIComponent(password),
    STORE_MAX_OPEN_CONNS: CONNECTIONS,
    STORE_MAX_IDLE_CONNS: CONNECTIONS,
  }
}

/** Its steps run one after the other unless told otherwise; payloads are texts. */
export function askDtm(url: string, work: Work, participant: string): Ask {
  const steps = stepsOf(work, participant)
  const body = {
    gid: ID,
    trans_type: 'saga',
    steps: steps.map(({ action = '', compensate = '' }) => ({ action, compensate })),
    payloads: steps.map(({ payload = {} }) => JSON.stringify(payload)),
    wait_result: true,
  }
  return {
    url: `${url}/api/dtmsvr/submit`,
    body: JSON.stringify(body),
    ...(work.ends === 'COMMITTED' ? { status: 200, says: 'SUCCESS' } : { status: 409, says: 'FAILURE' }),
  }
}
