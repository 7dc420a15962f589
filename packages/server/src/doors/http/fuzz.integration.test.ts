import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { ERRORS, type TransactionApi } from '@assent/contract'
import { createCoordinator } from '@assent/coordinator'
import { memory } from '@assent/store/memory'
import { describe, expect, it } from 'vitest'
import { FakeTransactionApi } from '../../../test/fake-transaction-api.ts'
import { type FuzzedRequest, fuzzedRequest } from '../../../test/fuzzed-requests.ts'
import { openDoor, type TestDoor } from '../../../test/open-door.ts'
import { Random } from '../../../test/random.ts'

/** A long run sends 100,000; the seed of one that failed is in its message. */
const REQUESTS = Number(process.env.ASSENT_TEST_FUZZ_REQUESTS ?? 3_000)
const SEED = Number(process.env.ASSENT_TEST_FUZZ_SEED ?? Date.now() % 2 ** 31)
const TIMEOUT_MS = 60_000 + REQUESTS * 20

const IN_FLIGHT = 16
/** Of so many requests one goes through a socket, as bytes that need not be HTTP. */
const ONE_BY_SOCKET_IN = 20
const SOCKET_TIMEOUT_MS = 5_000

const STATUSES = new Set([200, 201, 202, 204, 400, 404, 405, 409, 413, 415])

interface Behind {
  api: TransactionApi
  close(): Promise<void>
}

const BEHIND: Readonly<Record<string, () => Promise<Behind>>> = {
  'the fake': async () => ({ api: new FakeTransactionApi(), close: async () => undefined }),
  'a coordinator on a store in memory': async () => {
    const outcomes = ['refused', 'ongoing', 'unknown'] as const
    const coordinator = createCoordinator({
      store: memory(),
      transports: [
        {
          schemes: ['http:'],
          call: async ({ url }) => {
            const outcome = outcomes.find((one) => url.includes(one)) ?? 'done'
            return { kind: 'answered', outcome, ...(outcome === 'done' ? { result: { ok: true } } : {}) }
          },
          close: async () => undefined,
        },
      ],
      settings: { stopGraceMs: 100 },
    })
    await coordinator.open()
    return { api: coordinator, close: () => coordinator.close() }
  },
}

describe.each(Object.keys(BEHIND))('the door before %s', (name) => {
  it(
    `answers ${REQUESTS} requests that chance made, none with 500, and goes on working`,
    async () => {
      const behind = await (BEHIND[name] as () => Promise<Behind>)()
      const test = await openDoor({}, { api: behind.api })
      const url = new URL((await test.door.open()).url)
      const random = new Random(SEED)
      const counts = new Map<number, number>()
      const sender = async (): Promise<void> => {
        while (sent < REQUESTS) {
          const number = sent++
          const request = fuzzedRequest(random)
          const status = await send(test, url, request, random, `request ${number} of seed ${SEED}`)
          counts.set(status, (counts.get(status) ?? 0) + 1)
        }
      }
      let sent = 0
      await Promise.all(Array.from({ length: IN_FLIGHT }, sender))
      expect(test.logged, `seed ${SEED}`).toEqual([])
      expect((await fetch(new URL('/live', url))).status).toBe(200)
      expect((await test.post('/api/tx', { branches: [] })).status).toBe(201)
      // Chance has to have met the ordinary answers, or it proves nothing.
      for (const status of [200, 201, 400, 404, 409]) expect(counts.get(status) ?? 0).toBeGreaterThan(0)
      await test.door.close()
      await behind.close()
    },
    TIMEOUT_MS,
  )
})

async function send(
  test: TestDoor,
  url: URL,
  request: FuzzedRequest,
  random: Random,
  where: string,
): Promise<number> {
  // A stream of events ends when its transaction does, which chance may never bring about.
  if (request.path.includes('/events')) return 0
  const isInjectable = URL.canParse(request.path, url.href) && !request.path.startsWith('//')
  if (!isInjectable || random.below(ONE_BY_SOCKET_IN) === 0) return bySocket(url, request, random, where)
  const { method, path, headers, body } = request
  const answer = await test.door.inject({
    method: method as 'GET',
    url: path,
    headers,
    ...(body === undefined ? {} : { payload: body }),
  })
  judge(answer.statusCode, answer.body, `${where}: ${method} ${path} ${body}`, path, method)
  return answer.statusCode
}

/** Sends the bytes of a request, often broken; whatever comes back is an answer, or the connection ends. */
async function bySocket(url: URL, request: FuzzedRequest, random: Random, where: string): Promise<number> {
  const { method, path, headers, body } = request
  const head = [`${method} ${path} HTTP/1.1`, 'host: assent', 'connection: close']
  for (const [name, value] of Object.entries(headers)) head.push(`${name}: ${value}`)
  if (body !== undefined) head.push(`content-length: ${body.length}`)
  const bytes = Buffer.concat([
    Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'),
    body ?? Buffer.alloc(0),
  ])
  if (random.chance(0.5)) bytes[random.below(bytes.length)] = random.below(256)
  const socket = connect(Number(url.port), url.hostname)
  socket.on('error', () => undefined)
  socket.setTimeout(SOCKET_TIMEOUT_MS, () => socket.destroy())
  socket.end(bytes)
  const answer = await text(socket).catch(() => '')
  const status = Number(answer.split(' ', 2)[1] ?? 0)
  expect(status, where).not.toBe(500)
  return status
}

function judge(status: number, body: string, where: string, path: string, method: string): void {
  if (!STATUSES.has(status)) expect.fail(`answered ${status}: ${where} → ${body}`)
  if (status < 400 || method === 'HEAD' || path.startsWith('/docs')) return
  const error = JSON.parse(body)
  const row = ERRORS[error.code as keyof typeof ERRORS]
  if (row?.http !== status || typeof error.message !== 'string') expect.fail(`${where} → ${body}`)
}
