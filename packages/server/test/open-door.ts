import { Writable } from 'node:stream'
import type { TransactionApi } from '@assent/contract'
import type { InjectOptions } from 'fastify'
import { type Logger, pino } from 'pino'
import type { Behind, StoreHealth } from '../src/doors/door.ts'
import { createHttpDoor, type HttpDoor, type HttpSettings } from '../src/doors/http/door.ts'
import { FakeTransactionApi } from './fake-transaction-api.ts'

export interface TestDoor {
  door: HttpDoor
  api: FakeTransactionApi
  /** What /health and /ready are told. */
  health: StoreHealth
  atWork: { value: boolean }
  answered: [route: string, status: number][]
  logged: Record<string, unknown>[]
  /** Sends JSON. */
  post(url: string, payload: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Sends these bytes as JSON. */
  raw(url: string, payload: string | Buffer, headers?: Record<string, string>): Promise<Answer>
  get(url: string, headers?: Record<string, string>): Promise<Answer>
}

export interface Answer {
  status: number
  headers: Record<string, unknown>
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it says what it is
  body: any
}

/** A door on a free port of this machine, with a fake behind it unless another API is given. */
export async function openDoor(
  settings: Partial<HttpSettings> = {},
  behind: Partial<Behind> = {},
): Promise<TestDoor> {
  const api = new FakeTransactionApi()
  const health: StoreHealth = { kind: 'sqlite', healthy: true, latencyMs: 0.25, weaknesses: [] }
  const answered: TestDoor['answered'] = []
  const logged: TestDoor['logged'] = []
  const atWork = { value: true }
  const door = await createHttpDoor(
    { host: '127.0.0.1', port: 0, corsOrigins: [], connectionsMax: 1_000, ...settings },
    {
      api: api as TransactionApi,
      health: async () => health,
      atWork: () => atWork.value,
      metrics: async () => '# no metrics\n',
      answered: (route, status) => void answered.push([route, status]),
      log: logInto(logged),
      version: '1.2.3',
      ...behind,
    },
  )
  const send = async (options: InjectOptions): Promise<Answer> => {
    const { statusCode, headers, body } = await door.inject(options)
    const isJson = String(headers['content-type']).includes('json') && body !== ''
    return { status: statusCode, headers, text: body, body: isJson ? JSON.parse(body) : undefined }
  }
  const raw: TestDoor['raw'] = (url, payload, headers = {}) =>
    send({ method: 'POST', url, payload, headers: { 'content-type': 'application/json', ...headers } })
  return {
    door,
    api,
    health,
    atWork,
    answered,
    logged,
    raw,
    post: (url, payload, headers) => raw(url, JSON.stringify(payload), headers),
    get: (url, headers = {}) => send({ method: 'GET', url, headers }),
  }
}

/** A log whose lines can be looked at. */
export function logInto(lines: Record<string, unknown>[], level = 'debug'): Logger {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      for (const line of String(chunk).trim().split('\n')) lines.push(JSON.parse(line))
      done()
    },
  })
  return pino({ level, base: null }, stream)
}
