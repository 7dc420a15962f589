import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { connect, message, send, unchecked } from '@assent/client'
import { AssentError } from '@assent/contract'
import { type FetchHandler, nodeHandler, queryOf, sqliteBarrier } from '@assent/participant'
import type { Server } from '@assent/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startMemoryServer } from '../../test/memory-server.ts'

const SECRET = 'the-secret-of-today'
const ASKED_SOON_MS = 200

let server: Server
const cleanUp: (() => unknown)[] = []
beforeEach(async () => {
  server = await startMemoryServer({ ASSENT_CALL_SECRET: SECRET })
})
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each()
  await server.close()
})

/** An order service that is connected to the server, and serves its message's query and receiver. */
async function orderService() {
  const received: string[] = []
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE orders (gid TEXT PRIMARY KEY) STRICT')
  const barrier = sqliteBarrier(database)
  const placed = message('placed', {
    version: 1,
    input: unchecked<{ sku: string }>(),
    query: queryOf(barrier),
  }).step('stock', { action: ({ gid, input }) => void received.push(`${input.sku} of ${gid}`) })

  let handler: FetchHandler = async () => new Response(null, { status: 503 })
  const listener = createServer(nodeHandler((request) => handler(request)))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/assent`
  const assent = connect({
    url: server.url,
    serve: { definitions: [placed], url, secret: SECRET, onError: () => {} },
  })
  handler = assent.handler
  cleanUp.push(
    () => database.close(),
    () => listener.close().closeAllConnections(),
    () => assent.close(),
  )
  const place = (gid: string) => ({
    gid,
    timeoutMs: ASKED_SOON_MS,
    barrier,
    work: (books: DatabaseSync) => void books.prepare('INSERT INTO orders VALUES (?)').run(gid),
  })
  const orders = () =>
    database
      .prepare('SELECT gid FROM orders')
      .all()
      .map(({ gid }) => gid)
  return { assent, placed, place, received, orders, address: `${url}/placed/1`, barrier }
}

describe('an application that is connected to a server', () => {
  it('sends a message by its definition', async () => {
    const { assent, placed, place, received, orders } = await orderService()
    const sent = await assent.send(placed, { sku: 'lamp' }, place('order-17'))
    expect(await assent.handle(placed, sent.gid).result()).toMatchObject({ status: 'COMMITTED' })
    expect(received).toEqual(['lamp of order-17'])
    expect(orders()).toEqual(['order-17'])
  })

  it('answers for a message that it never submitted, and for one that it never began', async () => {
    const { assent, placed, place, received, orders, address } = await orderService()
    const api = assent.transactions
    const dying: typeof api = Object.create(api, {
      submit: { value: () => Promise.reject(new AssentError('STORE_UNAVAILABLE', 'the process is gone')) },
    })
    const request = {
      mode: 'message' as const,
      name: 'placed',
      version: 1,
      payload: { sku: 'lamp' },
      query: address,
      branches: [{ branchId: 'stock', action: `${address}/stock`, envelope: true }],
      options: { timeoutToFailMs: ASKED_SOON_MS },
    }
    await send(dying, { ...request, gid: 'order-17' }, place('order-17'))
    const { branches: _, ...start } = request
    await api.start({ ...start, gid: 'order-18' })
    expect(await assent.handle(placed, 'order-17').result()).toMatchObject({ status: 'COMMITTED' })
    expect(await assent.handle(placed, 'order-18').result()).toMatchObject({
      status: 'ABORTED',
      reason: 'QUERY_REFUSED',
    })
    expect(received).toEqual(['lamp of order-17'])
    expect(orders()).toEqual(['order-17'])
  })
})
