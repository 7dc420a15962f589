import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { rootCertificates } from 'node:tls'
import {
  type OwnServer,
  startMariadb,
  startPostgres,
  startRedis,
  startRedisCluster,
} from '@assent/testkit/servers'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { logInto } from '../test/open-door.ts'
import { type ServeExtras, type Server, serve } from './compose.ts'
import { readConfiguration } from './configuration/index.ts'

/** Each with a setting by which it keeps less than it acknowledges, and the name under which that is accepted. */
const DATABASES = [
  {
    kind: 'postgres',
    start: startPostgres,
    place: 'ASSENT_POSTGRES_DSN',
    weak: { settings: { fsync: 'off' }, name: 'fsync=off' },
  },
  {
    kind: 'mysql',
    start: startMariadb,
    place: 'ASSENT_MYSQL_DSN',
    weak: {
      settings: { innodb_flush_log_at_trx_commit: '2' },
      name: 'innodb_flush_log_at_trx_commit=2',
    },
  },
  {
    kind: 'redis',
    start: startRedis,
    place: 'ASSENT_REDIS_URL',
    weak: { settings: { appendfsync: 'everysec' }, name: 'appendfsync=everysec' },
  },
] as const

/** Whoever is refused because the store is away hears so within this time. */
const REFUSED_MAX_MS = 1_000
/** A store that came back is found again within this time, on a busy machine. */
const FOUND_MAX_MS = 20_000
const FIRST_CALL_MS = 200

let participant: HttpServer
let action: string
let calls: string[]
beforeAll(async () => {
  participant = createServer((request, response) => {
    calls.push(String(request.headers['assent-gid']))
    request.resume()
    setTimeout(() => response.writeHead(200).end(), FIRST_CALL_MS)
  }).listen(0, '127.0.0.1')
  await once(participant, 'listening')
  action = `http://127.0.0.1:${(participant.address() as AddressInfo).port}/do`
})
afterAll(() => participant.close())

const open: Server[] = []
beforeEach(() => {
  calls = []
})
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function start(environment: Record<string, string>, extras: ServeExtras = {}) {
  const configuration = readConfiguration({ environment: { ASSENT_HTTP_PORT: '0', ...environment } })
  const lines: Record<string, unknown>[] = []
  const server = await serve(configuration, { log: logInto(lines, 'warn'), ...extras })
  open.push(server)
  return { url: server.url, lines }
}

interface Answer {
  status: number
  retryAfter: string | null
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it says what it is
  body: any
}

async function ask(url: string, body?: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  const init = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await fetch(url, init)
  const { status } = response
  return { status, retryAfter: response.headers.get('retry-after'), body: await response.json() }
}

async function isRefusedAtOnce(url: string): Promise<void> {
  const began = performance.now()
  const refused = await ask(`${url}/api/tx`, { branches: [{ action }], wait: true })
  expect(refused).toMatchObject({ status: 503, retryAfter: '1', body: { code: 'STORE_UNAVAILABLE' } })
  expect(performance.now() - began).toBeLessThan(REFUSED_MAX_MS)
}

async function isReady(url: string): Promise<void> {
  await expect
    .poll(async () => (await ask(`${url}/ready`)).body, { timeout: FOUND_MAX_MS })
    .toMatchObject({
      status: 'ready',
    })
}

describe.each(DATABASES)('a server on $kind', ({ kind, start: startDatabase, place, weak }) => {
  let database: OwnServer
  let environment: Record<string, string>
  beforeAll(async () => {
    database = await startDatabase()
    environment = { ASSENT_STORE: kind, [place]: database.url }
  }, 120_000)
  afterAll(() => database?.close())
  // Whatever a test that failed has left behind.
  beforeEach(() => database.start().catch(() => {}))

  it('keeps transactions there, and says so', async () => {
    const { url } = await start(environment)
    const answer = await ask(`${url}/api/tx`, { branches: [{ action }], wait: true })
    expect(answer).toMatchObject({ status: 201, body: { status: 'COMMITTED' } })
    expect((await ask(`${url}/ready`)).body).toMatchObject({
      status: 'ready',
      store: { kind, weaknesses: [] },
    })
    const health = { database: kind === 'redis' ? null : true, redis: kind === 'redis' ? true : null }
    expect(await ask(`${url}/health`)).toMatchObject({ status: 200, body: health })
  })

  it('starts while it is away, refuses work meanwhile, and begins by itself once it is there', async () => {
    await database.kill()
    const { url, lines } = await start(environment)
    expect((await ask(`${url}/live`)).status).toBe(200)
    const { status, body } = await ask(`${url}/ready`)
    expect([status, body.store]).toEqual([503, { kind, healthy: false, weaknesses: [] }])
    expect(body.reason).toContain(`the store ${kind} does not answer: `)
    expect(body.reason).toContain(new URL(database.url).port)
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: expect.stringContaining(`waiting for the store ${kind}: `) }),
    )
    expect(await ask(`${url}/health`)).toMatchObject({ status: 503, body: { status: 'unhealthy' } })
    await isRefusedAtOnce(url)
    await database.start()
    await isReady(url)
    expect((await ask(`${url}/api/tx`, { branches: [{ action }], wait: true })).status).toBe(201)
  })

  it('finishes what it accepted when it goes away under load and comes back, and works on', async () => {
    const { url } = await start({ ...environment, ASSENT_LEASE_SECS: '4' })
    const prefix = randomBytes(4).toString('hex')
    const accepted: string[] = []
    const branches = [
      { branch_id: 'one', action },
      { branch_id: 'two', action, after: ['one'] },
    ]
    const loading = (async () => {
      for (let number = 0; number < 200; number += 1) {
        const gid = `${prefix}-${number}`
        const answer = await ask(`${url}/api/tx`, { gid, branches })
        if (answer.status === 201) accepted.push(gid)
        else expect(answer).toMatchObject({ status: 503, retryAfter: '1' })
        await sleep(10)
      }
    })()
    await expect.poll(() => accepted.length, { timeout: 20_000 }).toBeGreaterThan(20)
    await database.kill()
    await expect.poll(async () => (await ask(`${url}/ready`)).status, { timeout: FOUND_MAX_MS }).toBe(503)
    // Whoever had something on its way when the connections broke is told last of all.
    await loading
    await isRefusedAtOnce(url)
    expect(accepted.length).toBeLessThan(200)
    await database.start()
    await isReady(url)
    for (const gid of accepted) {
      const { body } = await ask(`${url}/api/tx/${gid}?wait=20000`)
      expect([gid, body.status]).toEqual([gid, 'COMMITTED'])
    }
    const effects = new Map<string, number>()
    for (const gid of calls) effects.set(gid, (effects.get(gid) ?? 0) + 1)
    expect(accepted.filter((gid) => (effects.get(gid) ?? 0) < 2)).toEqual([])
  }, 120_000)

  it('does not start on one that keeps less than it acknowledges, unless that is accepted by name', async () => {
    await using weakDatabase = await startDatabase({ settings: weak.settings })
    const weakly = { ...environment, [place]: weakDatabase.url }
    await expect(start(weakly)).rejects.toMatchObject({ code: 'STORE_INVALID' })
    await expect(start(weakly)).rejects.toThrow(weak.name)
    const { url, lines } = await start({ ...weakly, ASSENT_STORE_ACCEPT_WEAKNESSES: weak.name })
    const { store } = (await ask(`${url}/ready`)).body
    expect(store.weaknesses).toEqual([expect.stringContaining(weak.name)])
    const warned = { level: 40, weakness: store.weaknesses[0] }
    expect(lines).toContainEqual(expect.objectContaining(warned))
    await open.pop()?.close()
  })

  it('does not start where it is not let in, and says as whom it came, but not with what', async () => {
    const wrong = new URL(database.url)
    wrong.password = 'wr0ng-pa55word'
    const starting = start({ ...environment, [place]: wrong.href })
    await expect(starting).rejects.toMatchObject({ code: 'STORE_INVALID' })
    const { message } = (await starting.catch((error) => error)) as Error
    expect(message).toContain(wrong.port)
    expect(message).not.toContain('wr0ng-pa55word')
  })

  it('says nothing in the clear where TLS was asked for', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'assent-ca-')), 'ca.pem')
    writeFileSync(file, rootCertificates[0] ?? '')
    const starting = start({ ...environment, ASSENT_STORE_TLS_CA_FILE: file })
    // A Redis that knows no TLS hangs up, as one that is just stopping would.
    const refused = await starting.then(
      ({ url }) => ask(`${url}/ready`),
      (error) => ({ status: error.code }),
    )
    rmSync(dirname(file), { recursive: true })
    expect(refused.status).toBe(kind === 'redis' ? 503 : 'STORE_INVALID')
  })

  it('ends when it turns out, once it is there, not to be let in', async () => {
    const wrong = new URL(database.url)
    wrong.password = 'wr0ng-pa55word'
    await database.kill()
    const fatal: Error[] = []
    const onFatal = (error: Error): void => void fatal.push(error)
    const { url } = await start({ ...environment, [place]: wrong.href }, { onFatal })
    expect((await ask(`${url}/ready`)).status).toBe(503)
    expect(fatal).toEqual([])
    await database.start()
    await expect.poll(() => fatal[0], { timeout: FOUND_MAX_MS }).toMatchObject({ code: 'STORE_INVALID' })
  })
})

describe('a server on a Redis Cluster', () => {
  it('is told of it by the URLs of its nodes, and goes on when one of them comes back', async () => {
    await using cluster = await startRedisCluster()
    const { url } = await start({ ASSENT_STORE: 'redis', ASSENT_REDIS_URL: cluster.urls.join(',') })
    const branches = [{ branch_id: 'one', action }]
    const gids = Array.from({ length: 20 }, (_, number) => `cluster-${number}`)
    const run = (gid: string) => ask(`${url}/api/tx`, { gid, branches, wait: true })
    const answers = await Promise.all(gids.map(run))
    expect(answers.filter(({ body }) => body.status !== 'COMMITTED')).toEqual([])
    const [node] = cluster.nodes
    await node?.kill()
    await expect.poll(async () => (await ask(`${url}/ready`)).status, { timeout: FOUND_MAX_MS }).toBe(503)
    await node?.start()
    await isReady(url)
    const again = await Promise.all(gids.map(run))
    expect(again.map(({ status, body }) => [status, body.status])).toEqual(gids.map(() => [200, 'COMMITTED']))
    await open.pop()?.close()
  }, 60_000)
})

describe('a server on PostgreSQL', () => {
  it('opens no more connections than it was told', async () => {
    await using database = await startPostgres()
    const environment = { ASSENT_STORE: 'postgres', ASSENT_POSTGRES_DSN: database.url }
    const { url } = await start({ ...environment, ASSENT_MAX_OPEN_CONNS: '2', ASSENT_MAX_IDLE_CONNS: '1' })
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    const counted: number[] = []
    const loading = Promise.all(
      Array.from({ length: 100 }, () => ask(`${url}/api/tx`, { branches: [{}], wait: true })),
    )
    let isLoading = true
    void loading.finally(() => {
      isLoading = false
    })
    while (isLoading) {
      const { rows } = await client.query(
        "SELECT count(*)::integer AS open FROM pg_stat_activity WHERE application_name = 'assent'",
      )
      counted.push(rows[0].open)
    }
    await client.end()
    expect((await loading).every(({ status }) => status === 201)).toBe(true)
    expect(Math.max(...counted)).toBe(2)
    await open.pop()?.close()
  })
})
