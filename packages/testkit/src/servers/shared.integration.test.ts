import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  startKafka,
  startMariadb,
  startPostgres,
  startRedis,
  testKafka,
  testMariadb,
  testPostgres,
  testRedis,
} from './index.ts'
import { freePort } from './running/port.ts'

afterEach(() => vi.unstubAllEnvs())

/** Java, where it starts beside much else. */
const TIMEOUT_MS = 60_000

describe('a server for a test', { timeout: TIMEOUT_MS }, () => {
  it('is shared by all who ask while anyone has it, and ends with the last of them', async () => {
    vi.stubEnv('ASSENT_TEST_REDIS_URL', undefined)
    const [one, other] = await Promise.all([testRedis(), testRedis()])
    expect(other.url).toBe(one.url)
    await one.close()
    await one.close()
    const third = await testRedis()
    expect(third.url).toBe(one.url)
    await other.close()
    await third.close()
    const later = await testRedis()
    expect(later.url).not.toBe(one.url)
    await later.close()
  })

  it.each([
    ['ASSENT_TEST_POSTGRES_URL', testPostgres, startPostgres],
    ['ASSENT_TEST_MYSQL_URL', testMariadb, startMariadb],
    ['ASSENT_TEST_REDIS_URL', testRedis, startRedis],
  ])('is the one that %s names, which outlives the test', async (variable, test, start) => {
    await using named = await start()
    vi.stubEnv(variable, named.url)
    const server = await test()
    const { kind, url, product, version } = named
    expect(server).toMatchObject({ kind, url, product, version, origin: 'the environment' })
    await server.close()
    await expect(test()).resolves.toMatchObject({ url })
  })

  it.each([
    ['ASSENT_TEST_POSTGRES_URL', testPostgres, 'postgres://127.0.0.1:1/assent'],
    ['ASSENT_TEST_MYSQL_URL', testMariadb, 'mysql://127.0.0.1:1/assent'],
    ['ASSENT_TEST_REDIS_URL', testRedis, 'redis://127.0.0.1:1'],
    ['ASSENT_TEST_REDIS_URL', testRedis, 'no address'],
  ])(
    'that %s names and that is not there is an error: none is started in its place',
    async (variable, test, url) => {
      vi.stubEnv(variable, url)
      await expect(test()).rejects.toThrow(`${variable} is set`)
    },
  )

  it('is a broker of those that either variable names, as clients of Kafka are told them', async () => {
    await using named = await startKafka()
    const { host } = new URL(named.url)
    vi.stubEnv('ASSENT_TEST_KAFKA_BROKERS', undefined)
    vi.stubEnv('KAFKA_BROKERS', `${host}, 127.0.0.1:1`)
    expect(await testKafka()).toMatchObject({
      url: named.url,
      product: 'Apache Kafka',
      origin: 'the environment',
    })
    vi.stubEnv('ASSENT_TEST_KAFKA_BROKERS', '127.0.0.1:1')
    await expect(testKafka()).rejects.toThrow('ASSENT_TEST_KAFKA_BROKERS is set')
  })

  it('of the environment may ask for TLS, which is spoken before the password', async () => {
    await using named = await startPostgres()
    vi.stubEnv('ASSENT_TEST_POSTGRES_URL', `${named.url}?sslmode=require`)
    await expect(testPostgres()).rejects.toThrow('the server speaks no TLS')
  })
})

describe('a server with a port of its own', { timeout: TIMEOUT_MS }, () => {
  it.each([
    ['Redis', startRedis],
    ['Kafka', startKafka],
  ])('is there, or not at all when someone else has the port: %s', async (_, start) => {
    const port = await freePort()
    await using server = await start({ port })
    expect(new URL(server.url).port).toBe(String(port))
    await expect(start({ port })).rejects.toThrow(/already in use/i)
  })
})
