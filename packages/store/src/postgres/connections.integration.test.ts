import { setTimeout as sleep } from 'node:timers/promises'
import { type TestServer, testPostgres } from '@assent/testkit/servers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Connections } from '../connections.ts'
import { addressOf } from './address.ts'
import { Database } from './database.ts'

const WAITS = { connectMs: 500, answerMs: 5_000, idleMs: 200 }

let server: TestServer
let database: Database
beforeAll(async () => {
  server = await testPostgres()
})
afterAll(() => server.close())
afterEach(() => database.close())

function connect(connections: Connections): void {
  const address = addressOf(server.url, undefined).config
  database = new Database({ address, schema: 'public', connections, isDurable: true, waits: WAITS })
}

/** The server's processes that answer so many questions at once. */
async function processes(questions: number, seconds = 0.05): Promise<Set<number>> {
  const text = `SELECT pg_backend_pid() AS pid FROM pg_sleep(${seconds})`
  const answers = await Promise.all(
    Array.from({ length: questions }, () => database.read<{ pid: number }>({ text })),
  )
  return new Set(answers.map(([row]) => row?.pid ?? 0))
}

describe('connections', () => {
  it('are no more than there may be, and whoever asks more waits', async () => {
    connect({ max: 3, idleMax: 3, lifeMs: 60_000 })
    expect((await processes(12)).size).toBe(3)
  })

  it('that are all taken are not waited for without end', async () => {
    connect({ max: 1, idleMax: 1, lifeMs: 60_000 })
    const [taken, late] = await Promise.allSettled([processes(1, 1), processes(1)])
    expect(taken.status).toBe('fulfilled')
    expect(late).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } })
  })

  it('that rest are closed but for those that are kept', async () => {
    connect({ max: 6, idleMax: 2, lifeMs: 60_000 })
    const before = await processes(6)
    expect(before.size).toBe(6)
    await sleep(3 * WAITS.idleMs)
    const after = await processes(6)
    expect([...after].filter((pid) => before.has(pid))).toHaveLength(2)
  })

  it('are replaced when they are old', async () => {
    connect({ max: 2, idleMax: 2, lifeMs: 300 })
    const before = await processes(2)
    await sleep(500)
    const after = await processes(2)
    expect([...after].filter((pid) => before.has(pid))).toEqual([])
  })
})
