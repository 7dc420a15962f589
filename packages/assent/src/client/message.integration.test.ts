import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type HttpApi, httpApi, send } from '@assent/client'
import { AssentError } from '@assent/contract'
import { nodeHandler, sqliteBarrier } from '@assent/participant'
import type { Server } from '@assent/server'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startMemoryServer } from '../../test/memory-server.ts'

const WAIT_MS = 20_000
/** The query comes soon, and gives up soon. */
const ASKED_SOON = { timeoutToFailMs: 200, requestTimeoutMs: 150 }

let assent: Server
let api: HttpApi
beforeAll(async () => {
  assent = await startMemoryServer()
  api = httpApi({ url: assent.url })
})
afterAll(async () => {
  api.close()
  await assent.close()
})

let folder: string
let orders: DatabaseSync
let stock: DatabaseSync
let listeners: HttpServer[]
let urls: { orders: string; stock: string }
let queries: number
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assent-message-'))
  orders = connect('orders')
  stock = connect('stock')
  listeners = []
  queries = 0
  // The service that is asked is another process than the one that sends, so it has a connection of its own.
  const asked = nodeHandler({
    barrier: sqliteBarrier(connect('orders')),
    operations: {},
    answersQueries: true,
    onError: () => {},
  })
  const receiving = nodeHandler({
    barrier: sqliteBarrier(stock),
    operations: { action: ({ payload, database }) => write(database, JSON.stringify(payload)) },
  })
  urls = {
    orders: await listen((...call) => {
      queries += 1
      void asked(...call)
    }),
    stock: await listen((...call) => void receiving(...call)),
  }
})
afterEach(() => {
  for (const listener of listeners) listener.close().closeAllConnections()
  orders.close()
  stock.close()
  rmSync(folder, { recursive: true })
})

function connect(name: string): DatabaseSync {
  const database = new DatabaseSync(join(folder, `${name}.db`))
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS lines (what TEXT NOT NULL) STRICT')
  return database
}

async function listen(handler: RequestListener): Promise<string> {
  const listener = createServer(handler)
  listeners.push(listener)
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`
}

function write(database: DatabaseSync, what: string): void {
  database.prepare('INSERT INTO lines VALUES (?)').run(what)
}
const lines = (database: DatabaseSync) =>
  database
    .prepare('SELECT what FROM lines')
    .all()
    .map(({ what }) => what)

let last = 0
const newMessage = (options = {}) => {
  last += 1
  return {
    gid: `order-${last}`,
    mode: 'message' as const,
    query: urls.orders,
    payload: { order: last },
    branches: [{ branchId: 'stock', action: urls.stock }],
    options,
  }
}
const local = (work: (database: DatabaseSync) => void | Promise<void> = () => {}) => ({
  barrier: sqliteBarrier(orders),
  work: async (database: DatabaseSync) => {
    write(database, `order-${last}`)
    await work(database)
  },
})
const ended = async (gid: string) => (await api.get({ gid, waitMs: WAIT_MS })).status

/** The sender's process ends before it can submit. */
const withoutSubmit = (): HttpApi =>
  Object.create(api, {
    submit: { value: () => Promise.reject(new AssentError('STORE_UNAVAILABLE', 'the process is gone')) },
  })

describe('a message over a server', () => {
  it('reaches its receiver once the local part is committed', async () => {
    const message = newMessage()
    expect(await send(api, message, local())).toMatchObject({ repeated: false })
    expect(await ended(message.gid)).toBe('COMMITTED')
    expect(lines(orders)).toEqual([message.gid])
    expect(lines(stock)).toEqual([JSON.stringify(message.payload)])
    expect(queries).toBe(0)
  })

  it('that was not submitted reaches it when the query has found the local part', async () => {
    const message = newMessage(ASKED_SOON)
    expect(await send(withoutSubmit(), message, local())).toMatchObject({ status: 'PREPARED' })
    expect(await ended(message.gid)).toBe('COMMITTED')
    expect(lines(stock)).toEqual([JSON.stringify(message.payload)])
    expect(queries).toBeGreaterThan(0)
  })

  it('is aborted when its local part fails, and keeps nothing', async () => {
    const message = newMessage()
    const failing = local(() => {
      throw new Error('out of paper')
    })
    await expect(send(api, message, failing)).rejects.toThrow('out of paper')
    expect(await api.get({ gid: message.gid, waitMs: WAIT_MS })).toMatchObject({
      status: 'ABORTED',
      reason: 'LOCAL_PART_FAILED',
    })
    expect([...lines(orders), ...lines(stock)]).toEqual([])
  })

  it('waits for a local part that takes longer than several queries', async () => {
    const message = newMessage(ASKED_SOON)
    const sent = send(
      withoutSubmit(),
      message,
      local(async () => {
        while (queries < 3) await new Promise((resolve) => setTimeout(resolve, 5))
        expect((await api.get({ gid: message.gid })).status).toBe('PREPARED')
      }),
    )
    expect(await sent).toMatchObject({ status: 'PREPARED' })
    expect(await ended(message.gid)).toBe('COMMITTED')
    expect(lines(stock)).toEqual([JSON.stringify(message.payload)])
  })

  it('whose local part begins after the query has come is given up, and keeps nothing', async () => {
    const message = newMessage(ASKED_SOON)
    const { barrier, work } = local()
    const late: Pick<typeof barrier, 'run'> = {
      async run(call, business) {
        await ended(message.gid)
        return barrier.run(call, business)
      },
    }
    await expect(send(api, message, { barrier: late, work })).rejects.toMatchObject({
      name: 'MessageAborted',
    })
    expect(await ended(message.gid)).toBe('ABORTED')
    expect([...lines(orders), ...lines(stock)]).toEqual([])
  })
})
