import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Connection,
  connect,
  type Definition,
  http,
  type Serve,
  saga,
  tcc,
  unchecked,
} from '@assent/client'
import { ongoing, Refused } from '@assent/contract'
import { type FetchHandler, nodeHandler } from '@assent/participant'
import type { Server } from '@assent/server'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { startMemoryServer } from '../../test/memory-server.ts'
import { startParticipant } from '../../test/participant.ts'

const SECRET = 'the-secret-of-today'

let server: Server
const cleanUp: (() => unknown)[] = []
beforeAll(async () => {
  server = await startMemoryServer({ ASSENT_CALL_SECRET: SECRET })
})
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each()
})
afterAll(() => server.close())

/** An application that serves these definitions at a place of its own. */
async function application(definitions: readonly Definition[], more: Partial<Serve> = {}) {
  let handler: FetchHandler = async () => new Response(null, { status: 503 })
  const listener = createServer(nodeHandler((request) => handler(request)))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/assent/`
  const open = (served: readonly Definition[]): Connection => {
    const connection = connect({
      url: server.url,
      serve: { definitions: served, url, secret: SECRET, ...more },
    })
    handler = connection.handler
    cleanUp.push(() => connection.close())
    return connection
  }
  cleanUp.push(() => listener.close().closeAllConnections())
  return { assent: open(definitions), open }
}

interface Order {
  sku: string
  quantity: number
}

function orders(log: string[], { stock = 5 } = {}) {
  let later = 2
  return saga('order', { version: 1, input: unchecked<Order>() })
    .step('reserve', {
      action: ({ input, gid }) => {
        if (input.quantity > stock) throw new Refused('OUT_OF_STOCK', 'too few', { left: stock })
        log.push(`reserve ${input.quantity} ${input.sku} for ${gid}`)
        return { reservationId: `r-${gid}` }
      },
      compensate: ({ outcome, result }) => {
        log.push(`release ${outcome === 'done' ? result.reservationId : outcome}`)
      },
    })
    .step('pack', {
      action: ({ results }) => {
        log.push(`pack ${results.reserve.reservationId}`)
        return later-- > 0 ? ongoing() : { boxes: 1 }
      },
      compensate: () => void log.push('unpack'),
    })
    .step('ship', {
      action: ({ input, results }) => {
        if (input.sku === 'piano') throw new Refused('TOO_HEAVY')
        return { parcel: `${results.reserve.reservationId} in ${results.pack.boxes}` }
      },
    })
}

describe('an application that is connected to a server', () => {
  it('runs a saga whose steps are served here, and hands results from step to step', async () => {
    const log: string[] = []
    const order = orders(log)
    const { assent } = await application([order])
    const ended = await assent.run(order, { sku: 'lamp', quantity: 2 }, { gid: 'order-1' })
    expect(ended).toMatchObject({ status: 'COMMITTED', results: { ship: { parcel: 'r-order-1 in 1' } } })
    expect(log).toEqual(['reserve 2 lamp for order-1', ...Array(3).fill('pack r-order-1')])
    expect(await assent.run(order, { sku: 'lamp', quantity: 2 }, { gid: 'order-1' })).toEqual(ended)
    expect(log).toHaveLength(4)
  })

  it('undoes what was done when a step is refused, and tells which and why', async () => {
    const log: string[] = []
    const order = orders(log)
    const { assent } = await application([order])
    expect(await assent.run(order, { sku: 'piano', quantity: 1 }, { gid: 'order-2' })).toMatchObject({
      status: 'ABORTED',
      failedBranch: 'ship',
      refusal: { code: 'TOO_HEAVY' },
    })
    expect(log.slice(-2)).toEqual(['unpack', 'release r-order-2'])
    const short = await assent.run(order, { sku: 'lamp', quantity: 9 }, { gid: 'order-3' })
    expect(short).toMatchObject({
      failedBranch: 'reserve',
      refusal: { code: 'OUT_OF_STOCK', details: { left: 5 } },
    })
  })

  it('asks a step again that fails, and tells the application', async () => {
    const onError = vi.fn()
    const fault = new Error('the database is away')
    let failing = 2
    const order = saga('order', { version: 1, input: unchecked<Order>() }).step('reserve', {
      action: () => {
        if (failing-- > 0) throw fault
        return 'reserved'
      },
    })
    const { assent } = await application([order], { onError })
    expect(await assent.run(order, { sku: 'lamp', quantity: 1 })).toMatchObject({ status: 'COMMITTED' })
    expect(onError).toHaveBeenCalledTimes(2)
    expect(onError).toHaveBeenCalledWith(
      fault,
      expect.objectContaining({ branchId: 'reserve', op: 'action' }),
    )
  })

  it('mixes steps that are served here with URLs', async () => {
    const payments = await startParticipant()
    cleanUp.push(() => payments.close())
    payments.answers('/charge', 200, 0, { chargeId: 7 })
    const order = saga('order', { version: 1, input: unchecked<Order>() })
      .step('reserve', { action: () => 'reserved', compensate: () => {} })
      .pivot('charge', http({ action: `${payments.url}/charge`, result: unchecked<{ chargeId: number }>() }))
      .step('ship', { action: ({ results }) => `paid by ${results.charge.chargeId}` })
    const { assent } = await application([order])
    const ended = await assent.run(order, { sku: 'lamp', quantity: 1 })
    expect(ended).toMatchObject({ status: 'COMMITTED', results: { ship: 'paid by 7' } })
    expect(payments.calls).toEqual(['/charge'])
  })

  it('holds a transaction whose definition is not served with attention, and drives it on when it is', async () => {
    const log: string[] = []
    const order = orders(log)
    const { assent, open } = await application([order])
    open([])
    const handle = await assent.start(order, { sku: 'lamp', quantity: 1 }, { gid: 'order-4' })
    const get = () => assent.transactions.get({ gid: 'order-4' })
    await expect.poll(get).toMatchObject({
      status: 'SUBMITTED',
      attention: { branchId: 'reserve', reason: 'DEFINITION_MISSING' },
      branches: [{ attemptCount: 0 }, {}, {}],
    })
    open([order])
    expect(await handle.result()).toMatchObject({ status: 'COMMITTED' })
    expect(log[0]).toBe('reserve 1 lamp for order-4')
    expect(await get()).not.toHaveProperty('attention')
  })

  it('serves versions of a definition side by side', async () => {
    const version = (number: number) =>
      saga('order', { version: number, input: unchecked<Order>() }).step('reserve', {
        action: () => `by ${number}`,
      })
    const [first, second] = [version(1), version(2)]
    const { assent } = await application([first, second])
    const input = { sku: 'lamp', quantity: 1 }
    expect(await assent.run(first, input)).toMatchObject({ results: { reserve: 'by 1' } })
    expect(await assent.run(second, input)).toMatchObject({ results: { reserve: 'by 2' } })
  })

  it('is found behind a proxy that takes a part off the path', async () => {
    const order = saga('order', { version: 1, input: unchecked<Order>() }).step('reserve', {
      action: () => 'reserved',
    })
    let handler: FetchHandler = async () => new Response(null, { status: 503 })
    const proxied = createServer((request, response) => {
      request.url = request.url?.replace('/orders', '')
      void nodeHandler((asked) => handler(asked))(request, response)
    })
    await new Promise<void>((resolve) => proxied.listen(0, '127.0.0.1', resolve))
    cleanUp.push(() => proxied.close().closeAllConnections())
    const url = `http://127.0.0.1:${(proxied.address() as AddressInfo).port}/orders/assent`
    const serve = { definitions: [order], url, secret: SECRET, behind: '/orders' }
    await using assent = connect({ url: server.url, serve })
    handler = assent.handler
    expect(await assent.run(order, { sku: 'lamp', quantity: 1 })).toMatchObject({ status: 'COMMITTED' })
  })

  it('signals a step when it closes, which is asked again then', async () => {
    let signal: AbortSignal | undefined
    const order = saga('order', { version: 1, input: unchecked<Order>() }).step('reserve', {
      action: (given) => {
        if (signal !== undefined) return 'reserved'
        signal = given.signal
        return new Promise<string>((_resolve, reject) =>
          given.signal.addEventListener('abort', () => reject(given.signal.reason)),
        )
      },
    })
    const { assent, open } = await application([order], { onError: () => {} })
    await assent.start(order, { sku: 'lamp', quantity: 1 }, { gid: 'order-5' })
    await expect.poll(() => signal).toBeDefined()
    await assent.close()
    expect(signal?.aborted).toBe(true)
    await expect(assent.transactions.get({ gid: 'order-5' })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    const again = open([order])
    expect(await again.handle(order, 'order-5').result()).toMatchObject({ status: 'COMMITTED' })
  })

  it('tries a tcc step by step, and leaves nothing behind when it is left early', async () => {
    const log: string[] = []
    const booking = tcc('booking', { version: 1, input: unchecked<{ seats: number }>() }).step('seat', {
      try: ({ input }) => ({ held: input.seats }),
      confirm: ({ result }) => void log.push(`confirm ${JSON.stringify(result)}`),
      cancel: ({ outcome }) => void log.push(`cancel ${outcome}`),
    })
    const { assent } = await application([booking])
    {
      await using held = await assent.begin(booking, { seats: 2 }, { gid: 'tcc-1' })
      expect(await held.try('seat')).toMatchObject({ held: 2 })
      await held.submit()
    }
    {
      await using held = await assent.begin(booking, { seats: 3 }, { gid: 'tcc-2' })
      await held.try('seat')
    }
    const { transactions } = assent
    expect(await transactions.get({ gid: 'tcc-1', waitMs: 10_000 })).toMatchObject({ status: 'COMMITTED' })
    expect(await transactions.get({ gid: 'tcc-2', waitMs: 10_000 })).toMatchObject({ status: 'ABORTED' })
    expect(log).toEqual(['confirm {"held":2}', 'cancel done'])
  })
})

describe('an application that serves nothing', () => {
  it('runs definitions whose steps are URLs, and no others', async () => {
    const payments = await startParticipant()
    cleanUp.push(() => payments.close())
    await using assent = connect({ url: server.url })
    const pay = saga('pay', { version: 1, input: unchecked<{ cents: number }>() }).step(
      'charge',
      http({ action: `${payments.url}/charge` }),
    )
    expect(await assent.run(pay, { cents: 3 })).toMatchObject({ status: 'COMMITTED' })
    await expect(assent.run(orders([]), { sku: 'lamp', quantity: 1 })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
    const answer = await assent.handler(new Request('http://orders/assent/order/1/ship', { method: 'POST' }))
    expect(answer.status).toBe(503)
  })

  it('throws at once for what can not work', () => {
    expect(() => connect({ url: 'nowhere' })).toThrow(TypeError)
    expect(() => connect({ url: server.url, serve: { definitions: [], url: '/assent' } })).toThrow(TypeError)
    const serve = { definitions: [], url: 'http://orders/assent', secret: 'changeme' }
    expect(() => connect({ url: server.url, serve })).toThrow(TypeError)
    const unset = { ...serve, secret: undefined }
    expect(() => connect({ url: server.url, serve: unset })).toThrow(/is the variable set/)
    const behind = { definitions: [], url: 'http://gateway/orders/assent', behind: '/payments' }
    expect(() => connect({ url: server.url, serve: behind })).toThrow(/does not begin with \/payments/)
  })
})
