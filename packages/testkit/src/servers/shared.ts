import { type NamedServer, namedServer } from './finding/named.ts'
import { KAFKA } from './kafka/kafka.ts'
import type { Greeting, KindOfServer } from './kind.ts'
import { MARIADB } from './mariadb/mariadb.ts'
import { note } from './note.ts'
import { POSTGRES } from './postgres/postgres.ts'
import { REDIS } from './redis/redis.ts'
import type { OwnServer, ServerKind, TestServer } from './server.ts'
import { startServer } from './start.ts'

/** The PostgreSQL that `ASSENT_TEST_POSTGRES_URL` names, else one that this process starts once and shares. */
export function testPostgres(): Promise<TestServer> {
  return testServer(POSTGRES)
}

/** The MariaDB or MySQL that `ASSENT_TEST_MYSQL_URL` names, else a MariaDB that this process starts once and shares. */
export function testMariadb(): Promise<TestServer> {
  return testServer(MARIADB)
}

/** The Redis that `ASSENT_TEST_REDIS_URL` names, else one that this process starts once and shares. */
export function testRedis(): Promise<TestServer> {
  return testServer(REDIS)
}

/** The Apache Kafka whose brokers `KAFKA_BROKERS` names, else one that this process starts once and shares. */
export function testKafka(): Promise<TestServer> {
  return testServer(KAFKA)
}

/** Started here, with how many use it. */
interface Shared {
  server: Promise<OwnServer>
  users: number
}

const shared = new Map<ServerKind, Shared>()

async function testServer(kind: KindOfServer): Promise<TestServer> {
  const named = namedServer(kind)
  if (named) return environmentServer(kind, named)
  const existing = shared.get(kind.kind)
  const one = existing ?? { server: startServer(kind, {}), users: 0 }
  shared.set(kind.kind, one)
  one.users += 1
  try {
    return lend(kind, one, await one.server)
  } catch (error) {
    if (shared.get(kind.kind) === one) shared.delete(kind.kind)
    throw error
  }
}

/** Each user closes his own; the last one ends it. */
function lend(kind: KindOfServer, one: Shared, server: OwnServer): TestServer {
  let isClosed = false
  const close = async () => {
    if (isClosed) return
    isClosed = true
    one.users -= 1
    if (one.users > 0) return
    shared.delete(kind.kind)
    await server.close()
  }
  const { url, product, version, origin } = server
  return { kind: kind.kind, url, product, version, origin, close, [Symbol.asyncDispose]: close }
}

async function environmentServer(kind: KindOfServer, named: NamedServer): Promise<TestServer> {
  const greeting = await greetingAt(kind, named)
  const close = async () => {}
  const server: TestServer = {
    kind: kind.kind,
    url: named.url,
    ...greeting,
    origin: 'the environment',
    close,
    [Symbol.asyncDispose]: close,
  }
  note(server)
  return server
}

async function greetingAt(kind: KindOfServer, { variable, url }: NamedServer): Promise<Greeting> {
  try {
    return await kind.greet(new URL(url))
  } catch (error) {
    const reason = (error as Error).message
    throw new Error(`${variable} is set, and no ${kind.name} answers there: ${reason}`, { cause: error })
  }
}
