import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDoor, type TestDoor } from '../../../test/open-door.ts'
import { HEADERS_MAX_BYTES } from './limits.ts'

const PATIENCE = { headersTimeoutMs: 200, requestTimeoutMs: 300, checkIntervalMs: 50 }

let test: TestDoor
let url: URL
beforeAll(async () => {
  test = await openDoor({ patience: PATIENCE })
  url = new URL((await test.door.open()).url)
})
afterAll(() => test.door.close())

function dial(to: URL = url): Socket {
  return connect(Number(to.port), to.hostname).on('error', () => undefined)
}

/** What is answered to these bytes until the connection ends. */
async function send(bytes: string | Buffer): Promise<{ status: number; body: unknown }> {
  const socket = dial()
  socket.write(bytes)
  const answer = await text(socket)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), body: body === '' ? undefined : JSON.parse(body) }
}

describe('what is no request', () => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['an unknown method', 'BREW /api/tx HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['a header with a control character', 'GET /live HTTP/1.1\r\nhost: x\r\na: b\u0001\r\n\r\n'],
    [
      'two lengths',
      'POST /api/start HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}',
    ],
    [
      'a length and chunks',
      'POST /api/start HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}',
    ],
    [
      'a chunk without a size',
      'POST /api/start HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    ],
    ['no host', 'GET /live HTTP/1.1\r\n\r\n'],
    ['a null byte', Buffer.from([0, 0, 0, 0])],
  ])('is refused: %s', async (_what, bytes) => {
    const { status } = await send(bytes)
    expect(status).toBe(400)
    expect((await fetch(new URL('/live', url))).status).toBe(200)
  })

  it('is refused in the shape that errors have, headers that are too long included', async () => {
    const long = `GET /live HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(HEADERS_MAX_BYTES)}\r\n\r\n`
    expect(await send(long)).toMatchObject({
      status: 400,
      body: {
        code: 'INVALID_REQUEST',
        message: `headers are larger than ${HEADERS_MAX_BYTES} bytes`,
        help: '/errors/INVALID_REQUEST',
      },
    })
  })
})

describe('a client that takes its time', () => {
  it.each([
    ['with its headers', 'GET /live HTTP/1.1\r\nhost: x\r\n'],
    [
      'with its body',
      'POST /api/start HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    ],
  ])('%s is answered and let go', async (_what, bytes) => {
    const startedAt = performance.now()
    expect(await send(bytes)).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  it('to send anything at all is let go without a word, which could meet a request that is on its way', async () => {
    const startedAt = performance.now()
    expect(await text(dial())).toBe('')
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  it('or breaks off is no trouble to the others', async () => {
    const socket = dial()
    socket.write(
      'POST /api/start HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    )
    await sleep(20)
    socket.resetAndDestroy()
    await once(socket, 'close')
    expect((await fetch(new URL('/live', url))).status).toBe(200)
  })
})

describe('a body over the limit', () => {
  it('is answered 413 without being read to its end', async () => {
    const head = 'POST /api/start HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
    expect(await send(`${head}content-length: 999999999\r\n\r\n`)).toMatchObject({ status: 413 })
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const answer = await send(`${head}transfer-encoding: chunked\r\n\r\n${chunk.repeat(20)}`)
    expect(answer.status).toBe(413)
  })
})

describe('compression', () => {
  it('is there for answers that are long, and for none that are short', async () => {
    for (let index = 0; index < 10; index++) await test.post('/api/start', {})
    const headers = { 'accept-encoding': 'gzip' }
    const long = await test.door.inject({ url: '/api/tx', headers })
    expect(long.headers['content-encoding']).toBe('gzip')
    expect(JSON.parse(gunzipSync(long.rawPayload).toString())).toHaveLength(10)
    expect((await test.door.inject({ url: '/api/tx' })).headers).not.toHaveProperty('content-encoding')
    const short = await test.door.inject({
      method: 'POST',
      url: '/api/tx',
      payload: { branches: Array(200).fill({ action: 'http://done' }) },
      headers,
    })
    expect(short.headers).not.toHaveProperty('content-encoding')
  })

  it('never holds back an event', async () => {
    const { gid } = (await test.post('/api/tx', { branches: Array(50).fill({ action: 'http://done' }) })).body
    const { headers } = await test.get(`/api/tx/${gid}/events`, { 'accept-encoding': 'gzip' })
    expect(headers).not.toHaveProperty('content-encoding')
  })
})

describe('pages of other origins', () => {
  const preflight = (door: TestDoor, origin: string) =>
    door.door.inject({
      method: 'OPTIONS',
      url: '/api/tx',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    })

  it('are kept out by their browser unless they are named', async () => {
    const answer = await preflight(test, 'https://shop.example')
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  })

  it('may call, and read the headers that page, when they are named', async () => {
    const named = await openDoor({ corsOrigins: ['https://shop.example', 'https://desk.example'] })
    expect((await preflight(named, 'https://desk.example')).headers).toMatchObject({
      'access-control-allow-origin': 'https://desk.example',
      'access-control-allow-headers': expect.stringContaining('content-type'),
    })
    expect((await preflight(named, 'https://evil.example')).headers).not.toHaveProperty(
      'access-control-allow-origin',
    )
    const { headers } = await named.get('/api/tx', { origin: 'https://shop.example' })
    expect(headers['access-control-expose-headers']).toContain('x-next-cursor')
    await named.door.close()
    const any = await openDoor({ corsOrigins: ['*'] })
    expect((await preflight(any, 'https://who.example')).headers['access-control-allow-origin']).toBe('*')
    await any.door.close()
  })
})

describe('a door', () => {
  it('says that its port is taken', async () => {
    const other = await openDoor({ port: Number(url.port) })
    await expect(other.door.open()).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await other.door.close()
  })

  it('holds no more connections than it may', async () => {
    const small = await openDoor({ connectionsMax: 2 })
    const at = new URL((await small.door.open()).url)
    const held = [dial(at), dial(at)]
    await Promise.all(held.map((socket) => once(socket, 'connect')))
    const surplus = dial(at)
    await once(surplus, 'close')
    for (const socket of held) socket.destroy()
    await small.door.close()
  })

  it('that closes answers what is under way, and takes nothing new', async () => {
    const closing = await openDoor()
    const at = new URL((await closing.door.open()).url)
    const { gid } = (await closing.post('/api/start', {})).body
    const waiting = fetch(new URL(`/api/tx/${gid}?wait=5000`, at))
    await sleep(50)
    const closed = closing.door.close()
    await expect(fetch(new URL('/live', at))).rejects.toThrow()
    await closing.api.submit({ gid })
    const answer = await waiting
    expect(await answer.json()).toMatchObject({ status: 'COMMITTED' })
    const answeredAt = performance.now()
    await closed
    expect(performance.now() - answeredAt).toBeLessThan(2_000)
  })
})
