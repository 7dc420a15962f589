import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCommand } from '@assent/contract'
import { memoryBroker } from '@assent/testkit/broker'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { logInto } from '../test/open-door.ts'
import { PortTaken, type ServeExtras, type Server, serve } from './compose.ts'
import { ConfigurationError, readConfiguration } from './configuration/index.ts'

let folder: string
let participant: HttpServer
let participantUrl: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assent-server-'))
  participant = createServer((request, response) => {
    response.writeHead(request.url === '/refuse' ? 409 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ path: request.url }))
  })
  await new Promise<void>((resolve) => participant.listen(0, '127.0.0.1', resolve))
  participantUrl = `http://127.0.0.1:${(participant.address() as AddressInfo).port}`
})
afterAll(() => {
  participant.close()
  rmSync(folder, { recursive: true })
})

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

const lines: Record<string, unknown>[] = []
async function start(environment: Record<string, string>, extras: ServeExtras = {}): Promise<Server> {
  const settings = { ASSENT_HTTP_PORT: '0', ASSENT_DATA_DIR: join(folder, 'data'), ...environment }
  const configuration = readConfiguration({ environment: settings, folder })
  const server = await serve(configuration, { log: logInto(lines), ...extras })
  open.push(server)
  return server
}

const post = async (server: Server, path: string, body: unknown) => {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'assent-actor': 'alice' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const get = async (server: Server, path: string) => (await fetch(`${server.url}${path}`)).text()

describe.each(['sqlite', 'memory'])('a server on %s', (store) => {
  it('drives a transaction to its end, and shows it in its timeline, metrics and audit', async () => {
    const server = await start({ ASSENT_STORE: store })
    const [done, refused] = [`${participantUrl}/done`, `${participantUrl}/refuse`]
    const committed = await post(server, '/api/tx', { branches: [{ action: done }], wait: true })
    expect(committed).toMatchObject({
      status: 201,
      body: { status: 'COMMITTED', results: { '01': { path: '/done' } } },
    })
    const branches = [
      { action: done, compensate: `${participantUrl}/undo` },
      { action: refused, after: ['01'] },
    ]
    const aborted = await post(server, '/api/tx', { name: 'transfer', branches, wait: true })
    expect(aborted.body).toMatchObject({ status: 'ABORTED', failed_branch: '02' })
    const view = JSON.parse(await get(server, `/api/tx/${aborted.body.gid}`))
    expect(view.branches[0].attempts).toMatchObject([
      { op: 'action', outcome: 'done', status: 200 },
      { op: 'compensate', outcome: 'done', status: 200 },
    ])
    const metrics = await get(server, '/metrics')
    expect(metrics).toContain(
      'assent_transactions_ended_total{mode="saga",name="transfer",status="ABORTED"} 1',
    )
    expect(metrics).toContain('seata_branch_success_total 3')
    expect(lines).toContainEqual(
      expect.objectContaining({
        audit: true,
        actor: 'alice@127.0.0.1',
        command: 'run',
        gid: aborted.body.gid,
        result: 'ABORTED',
      }),
    )
    expect(JSON.parse(await get(server, '/health'))).toMatchObject({
      status: 'healthy',
      store: { kind: store },
    })
  })
})

describe('a server', () => {
  it('keeps what it accepted when it is stopped and started again', async () => {
    const environment = { ASSENT_DATA_DIR: join(folder, 'again') }
    const first = await start(environment)
    const { body } = await post(first, '/api/start', { payload: { amount: 30 } })
    await first.close()
    open.length = 0
    const second = await start(environment)
    expect(JSON.parse(await get(second, `/api/tx/${body.gid}`))).toMatchObject({
      status: 'PREPARED',
      payload: { amount: 30 },
    })
  })

  it('names a store that keeps nothing at /ready', async () => {
    const server = await start({ ASSENT_STORE: 'memory' })
    const { store } = JSON.parse(await get(server, '/ready'))
    expect(store.weaknesses).toEqual([expect.stringContaining('memory')])
  })

  it('may be told which origins branches may name', async () => {
    const server = await start({ ASSENT_CALL_ALLOW: 'https://bank.example' })
    const { status, body } = await post(server, '/api/tx', {
      branches: [{ action: `${participantUrl}/done` }],
    })
    expect([status, body.code]).toEqual([400, 'INVALID_REQUEST'])
  })

  it('gives transactions the options that were configured', async () => {
    const server = await start({ SEATA_REQUEST_TIMEOUT_SECS: '2.5', SEATA_BRANCH_PARALLELISM: '3' })
    const { body } = await post(server, '/api/start', {})
    expect(JSON.parse(await get(server, `/api/tx/${body.gid}`)).options).toMatchObject({
      request_timeout_ms: 2_500,
      parallelism: 3,
    })
  })

  it('warns when more than this machine can reach it', async () => {
    lines.length = 0
    const server = await start({ ASSENT_STORE: 'memory', ASSENT_HTTP_HOST: '0.0.0.0' })
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining('no authentication') }),
    )
    expect(server.url).toMatch(/^http:/)
  })

  it('writes no audit when it is switched off', async () => {
    const server = await start({ ASSENT_AUDIT: 'false' })
    const { body } = await post(server, '/api/start', {})
    expect(lines.some(({ audit, gid }) => audit === true && gid === body.gid)).toBe(false)
  })
})

describe('a server that can not start', () => {
  it('says that the certificates for a database are not there', async () => {
    const environment = { ASSENT_STORE: 'postgres', ASSENT_STORE_TLS_CA_FILE: join(folder, 'nowhere.pem') }
    await expect(start(environment)).rejects.toThrow(ConfigurationError)
    await expect(start(environment)).rejects.toThrow('store.tls_ca_file can not be read: ENOENT')
  })

  it('says that the port is taken and how to name another, and lets its store go', async () => {
    const first = await start({ ASSENT_STORE: 'memory' })
    const environment = { ASSENT_HTTP_PORT: new URL(first.url).port, ASSENT_DATA_DIR: join(folder, 'port') }
    await expect(start(environment)).rejects.toThrow(PortTaken)
    await expect(start(environment)).rejects.toThrow('--http-port')
    const second = await start({ ASSENT_DATA_DIR: environment.ASSENT_DATA_DIR })
    expect(JSON.parse(await get(second, '/health')).status).toBe('healthy')
  })

  it('says that the data directory is in use', async () => {
    const environment = { ASSENT_DATA_DIR: join(folder, 'twice') }
    await start(environment)
    await expect(start(environment)).rejects.toMatchObject({ code: 'STORE_IN_USE' })
  })
})

describe('a server with a message broker', () => {
  const branches = [{ branch_id: 'pay', action: 'kafka:payments/Pay' }]

  it('calls branches by commands, and shows what it put aside', async () => {
    const broker = memoryBroker()
    const server = await start({ ASSENT_STORE: 'memory', ASSENT_CALL_ALLOW: 'kafka:payments' }, { broker })
    await broker.subscribe({
      topics: ['payments'],
      group: 'payments',
      async handle({ value, headers }) {
        const command = readCommand(value)
        if ('problems' in command) throw new Error('no command')
        const { id: command_id, saga_id, created_at } = command
        const reply = { id: 'r', command_id, saga_id, status: 'Success', result: { paid: true }, created_at }
        const message = { topic: headers['assent-reply-topic'] ?? '', key: saga_id, headers }
        await broker.send([
          { ...message, value: JSON.stringify(reply) },
          { ...message, value: 'no JSON' },
        ])
      },
    })
    const { body } = await post(server, '/api/tx', { branches, wait: true })
    expect(body).toMatchObject({ status: 'COMMITTED', results: { pay: { paid: true } } })
    expect(JSON.parse(await get(server, '/ready'))).toMatchObject({
      broker: { kind: 'kafka', healthy: true },
    })
    await broker.settled()
    const metrics = await get(server, '/metrics')
    expect(metrics).toContain('assent_dead_letters_total{topic="assent-replies"} 1')
    expect(metrics).toContain('assent_attempts_total{op="action",scheme="kafka:",outcome="done"} 1')
    expect(lines).toContainEqual(expect.objectContaining({ event: 'dead-letter', topic: 'assent-replies' }))
    const other = [{ action: 'kafka:stock/Reserve' }]
    expect(await post(server, '/api/tx', { branches: other })).toMatchObject({ status: 400 })
  })

  it('starts while the broker is away, is ready, and makes calls of an unknown outcome', async () => {
    const server = await start({ ASSENT_STORE: 'memory', KAFKA_BROKERS: '127.0.0.1:1' })
    const ready = await fetch(`${server.url}/ready`)
    expect(ready.status).toBe(200)
    expect(await ready.json()).toMatchObject({ status: 'ready', broker: { kind: 'kafka', healthy: false } })
    const { body } = await post(server, '/api/tx', { branches, options: { request_timeout_ms: 100 } })
    const attempts = async () => {
      const view = JSON.parse(await get(server, `/api/tx/${body.gid}`))
      return view.branches[0].attempts
    }
    await expect.poll(attempts, { timeout: 20_000 }).not.toEqual([])
    expect((await attempts())[0]).toMatchObject({ op: 'action', outcome: 'unknown' })
  })

  it('takes no branch over Kafka where no broker is configured, and says so', async () => {
    const server = await start({ ASSENT_STORE: 'memory' })
    const { status, body } = await post(server, '/api/tx', { branches })
    expect([status, body.code]).toEqual([400, 'INVALID_REQUEST'])
    expect(body.message).toMatch(/only http: https: can be called here/)
  })
})
