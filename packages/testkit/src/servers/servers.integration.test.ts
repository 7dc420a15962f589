import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  Admin,
  ConfigResourceTypes,
  Consumer,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka'
import mariadb from 'mariadb'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type OwnServer,
  type ServerOptions,
  startKafka,
  startMariadb,
  startPostgres,
  startRedis,
} from './index.ts'
import { redisCommands } from './redis/command.ts'

const AT_ONCE = 4
/** Several Javas start side by side. */
const TIMEOUT_MS = 60_000
const SILENCE_MS = 300
/** A watcher gives a server ten seconds to end by itself. */
const GONE_TIMEOUT_MS = 20_000

/** A place where a note can be left with a server, over a connection of its own each time. */
interface Notebook {
  leave(url: string, note: string): Promise<void>
  read(url: string): Promise<string>
}

interface Expected {
  product: string
  start: (options?: ServerOptions) => Promise<OwnServer>
  notebook: Notebook
  /** As the server has it, and what it is by default. */
  setting: (server: OwnServer) => Promise<string | undefined>
  ours: string
  theirs: Readonly<Record<string, string>>
  refused: Readonly<Record<string, string>>
}

const postgres: Notebook = {
  leave: async (url, note) => {
    await inPostgres(url, 'CREATE TABLE notes (note text)')
    await inPostgres(url, `INSERT INTO notes VALUES ('${note}')`)
  },
  read: async (url) => (await inPostgres(url, 'SELECT note FROM notes')).rows[0].note,
}

async function inPostgres(url: string, statement: string) {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await client.query(statement)
  } finally {
    await client.end()
  }
}

const maria: Notebook = {
  leave: async (url, note) => {
    await inMariadb(url, 'CREATE TABLE notes (note text)')
    await inMariadb(url, `INSERT INTO notes VALUES ('${note}')`)
  },
  read: async (url) => (await inMariadb(url, 'SELECT note FROM notes'))[0].note,
}

async function inMariadb(url: string, statement: string) {
  const connection = await mariadb.createConnection(url.replace(/^mysql:/, 'mariadb:'))
  try {
    return await connection.query(statement)
  } finally {
    await connection.end()
  }
}

const redis: Notebook = {
  leave: async (url, note) => void (await redisCommands(new URL(url), [['SET', 'note', note]])),
  read: (url) => redisCommands(new URL(url), [['GET', 'note']]),
}

const kafka: Notebook = {
  leave: async (url, note) => {
    await asAdmin(url, (admin) => admin.createTopics({ topics: ['notes'], partitions: 1, replicas: 1 }))
    const producer = new Producer({ ...clientOf(url), serializers: stringSerializers })
    try {
      await producer.send({ messages: [{ topic: 'notes', value: note }] })
    } finally {
      await producer.close()
    }
  },
  read: async (url) => {
    const options = { ...clientOf(url), groupId: randomUUID(), deserializers: stringDeserializers }
    const consumer = new Consumer(options)
    try {
      const notes = await consumer.consume({ topics: ['notes'], mode: 'earliest', maxWaitTime: 100 })
      for await (const { value } of notes) return value
      throw new Error('there is no note')
    } finally {
      await consumer.close(true)
    }
  },
}

function clientOf(url: string) {
  return { clientId: 'notebook', bootstrapBrokers: [new URL(url).host], retries: 3, retryDelay: 200 }
}

async function asAdmin<T>(url: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin(clientOf(url))
  try {
    return await work(admin)
  } finally {
    await admin.close()
  }
}

async function settingOfKafka({ url }: OwnServer, name: string): Promise<string | undefined> {
  const broker = { resourceType: ConfigResourceTypes.BROKER, resourceName: '1', configurationKeys: [name] }
  const [described] = await asAdmin(url, (admin) => admin.describeConfigs({ resources: [broker] }))
  return described?.configs[0]?.value ?? undefined
}

const ALL: readonly Expected[] = [
  {
    product: 'PostgreSQL',
    start: startPostgres,
    notebook: postgres,
    setting: async ({ url }: OwnServer) => (await inPostgres(url, 'SHOW fsync')).rows[0].fsync,
    ours: 'on',
    theirs: { fsync: 'off' },
    refused: { nosuchsetting: '1' },
  },
  {
    product: 'MariaDB',
    start: startMariadb,
    notebook: maria,
    setting: async ({ url }: OwnServer) =>
      String((await inMariadb(url, 'SELECT @@innodb_flush_log_at_trx_commit AS value'))[0].value),
    ours: '1',
    theirs: { 'innodb-flush-log-at-trx-commit': '0' },
    refused: { nosuchsetting: '1' },
  },
  {
    product: 'Redis',
    start: startRedis,
    notebook: redis,
    setting: async ({ url }: OwnServer) =>
      (await redisCommands(new URL(url), [['CONFIG', 'GET', 'appendfsync']])).split('\n')[1],
    ours: 'always',
    theirs: { appendfsync: 'everysec' },
    refused: { nosuchsetting: '1' },
  },
  {
    product: 'Apache Kafka',
    start: startKafka,
    notebook: kafka,
    setting: (server) => settingOfKafka(server, 'auto.create.topics.enable'),
    ours: 'false',
    theirs: { 'auto.create.topics.enable': 'true' },
    refused: { 'process.roles': 'nosuchsetting' },
  },
]

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function directoriesOf(pid: number): string[] {
  return globSync(join(tmpdir(), `assent-database-*-${pid}-*`))
}

describe.each(ALL)(
  '$product',
  { timeout: TIMEOUT_MS },
  ({ product, start, notebook, setting, ours, theirs, refused }) => {
    let server: OwnServer
    beforeAll(async () => {
      server = await start()
      await notebook.leave(server.url, 'kept')
    })
    afterAll(() => server.close())

    it('says what it is', () => {
      expect(server).toMatchObject({ product, version: expect.stringMatching(/^\d+\.\d+/) })
    })

    it('is set as tests need it', async () => {
      expect(await setting(server)).toBe(ours)
    })

    it('is paused in its tracks, answers nobody, and goes on', async () => {
      server.pause()
      const reading = notebook.read(server.url)
      expect(await Promise.race([reading, sleep(SILENCE_MS, 'silence')])).toBe('silence')
      server.resume()
      expect(await reading).toBe('kept')
    })

    it.each(['running', 'paused'])(
      'keeps what it has when it is killed while %s, and starts again',
      async (state) => {
        const { url, pid } = server
        if (state === 'paused') server.pause()
        await server.kill()
        expect(isAlive(pid)).toBe(false)
        await expect(notebook.read(url)).rejects.toThrow()
        await server.start()
        expect(server.pid).not.toBe(pid)
        expect(server.url).toBe(url)
        expect(await notebook.read(url)).toBe('kept')
      },
    )

    it('shares nothing with another beside it, which goes with all that it had', async () => {
      const before = directoriesOf(process.pid)
      const other = await start({ settings: theirs })
      expect(directoriesOf(process.pid)).toHaveLength(before.length + 1)
      await notebook.leave(other.url, 'other')
      expect(await setting(other)).toBe(Object.values(theirs)[0])
      other.pause()
      await other.close()
      expect(isAlive(other.pid)).toBe(false)
      expect(directoriesOf(process.pid)).toEqual(before)
      expect(await notebook.read(server.url)).toBe('kept')
    })

    it('starts several at once', async () => {
      const started = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => start()))
      await Promise.all(started.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)))
      expect(started.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))).toEqual([])
    })

    it('says what it wrote when it does not start, and leaves nothing', async () => {
      const before = directoriesOf(process.pid)
      await expect(start({ settings: refused })).rejects.toThrow(/nosuchsetting/)
      expect(directoriesOf(process.pid)).toEqual(before)
    })
  },
)

describe.each(ALL.filter(({ product }) => product !== 'Apache Kafka'))('$product', ({ start, notebook }) => {
  it('lets nobody in without its password', async () => {
    await using server = await start()
    const url = new URL(server.url)
    url.password = 'wrong'
    await expect(notebook.read(url.href)).rejects.toThrow(/password|denied|WRONGPASS/i)
  })
})

describe('a process that started servers', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('takes them with it when %s ends it', async (signal) => {
    const { child, pids } = await parentOf('await new Promise((resolve) => setTimeout(resolve, 60_000))')
    expect(pids.filter(isAlive)).toHaveLength(3)
    child.kill(signal)
    await expect.poll(() => pids.filter(isAlive), { timeout: GONE_TIMEOUT_MS }).toEqual([])
    await expect.poll(() => directoriesOf(child.pid ?? 0), { timeout: GONE_TIMEOUT_MS }).toEqual([])
  })

  it.each([
    ['databases', undefined],
    ['brokers', ['startKafka']],
  ])('takes paused %s with it too', async (_, starts) => {
    const { child, pids } = await parentOf(
      'for (const server of servers) server.pause(); await new Promise((resolve) => setTimeout(resolve, 60_000))',
      starts,
    )
    child.kill('SIGKILL')
    await expect.poll(() => pids.filter(isAlive), { timeout: GONE_TIMEOUT_MS }).toEqual([])
    await expect.poll(() => directoriesOf(child.pid ?? 0), { timeout: GONE_TIMEOUT_MS }).toEqual([])
  })

  it('ends when it is through, for all that it never closed them', async () => {
    const { child, pids } = await parentOf('')
    if (child.exitCode === null) await once(child, 'exit')
    expect(child.exitCode).toBe(0)
    await expect.poll(() => pids.filter(isAlive), { timeout: GONE_TIMEOUT_MS }).toEqual([])
  })

  it('that was killed while a server was down has its directory removed by the next that starts one', async () => {
    const { child } = await parentOf(
      'for (const server of servers) await server.kill(); process.kill(process.pid, "SIGKILL")',
    )
    if (child.signalCode === null) await once(child, 'exit')
    expect(directoriesOf(child.pid ?? 0)).toHaveLength(3)
    await using _server = await startRedis()
    expect(directoriesOf(child.pid ?? 0)).toEqual([])
  })
})

/** A process that starts these and then does what `then` says. */
async function parentOf(then: string, starts = ['startPostgres', 'startMariadb', 'startRedis']) {
  const source = `
    import { ${starts.join(', ')} } from '${join(import.meta.dirname, 'index.ts')}'
    const servers = await Promise.all([${starts.map((start) => `${start}()`).join(', ')}])
    console.log(servers.map((server) => server.pid).join(' '))
    ${then}`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`it ended with ${code} before it had started them`)
  })
  const [said] = await Promise.race([once(child.stdout, 'data'), ended])
  return { child, pids: String(said).trim().split(' ').map(Number) }
}
