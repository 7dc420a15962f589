import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDoor, type TestDoor } from '../../../../test/open-door.ts'
import { EVENT_STREAMS_MAX } from '../limits.ts'

let test: TestDoor
let url: string
beforeAll(async () => {
  test = await openDoor({ connectionsMax: 2_000 })
  url = (await test.door.open()).url
})
afterAll(async () => {
  const closed = test.door.close()
  test.door.cut()
  await closed
})

/** A reader that left is noticed within this time, on a busy machine. */
const LEFT_MAX_MS = 10_000

const started = async (): Promise<string> => (await test.post('/api/start', {})).body.gid

/** What came until the stream ended or was left. */
async function read(response: Response, until: (text: string) => boolean = () => false): Promise<string> {
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (until(text)) break
  }
  return text
}

const states = (text: string) =>
  [...text.matchAll(/^id: (\d+)\ndata: (.*)$/gm)].map(([, id, data]) => ({
    id: Number(id),
    status: JSON.parse(data ?? '').status,
  }))

describe('the events of a transaction', () => {
  it('are its states as they become durable, until the end', async () => {
    const gid = await started()
    const response = await fetch(`${url}/api/tx/${gid}/events`)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const reading = read(response)
    await sleep(20)
    await test.post('/api/branch/add', { gid, branch_id: 'a', action: 'http://done' })
    await sleep(20)
    await test.post('/api/submit', { gid })
    const text = await reading
    expect(states(text).at(0)?.status).toBe('PREPARED')
    expect(states(text).at(-1)?.status).toBe('COMMITTED')
    const ids = states(text).map(({ id }) => id)
    expect(ids).toEqual([...ids].sort((one, other) => one - other))
    expect(text.endsWith('event: end\ndata: {}\n\n')).toBe(true)
  })

  it('resume behind the last one that was seen', async () => {
    const gid = await started()
    await test.post('/api/submit', { gid })
    const all = states(await read(await fetch(`${url}/api/tx/${gid}/events`)))
    const last = String(all.at(-1)?.id)
    const before = String(Number(last) - 1)
    const resumed = await fetch(`${url}/api/tx/${gid}/events`, { headers: { 'last-event-id': before } })
    expect(states(await read(resumed))).toEqual(all.slice(-1))
    const nothing = await fetch(`${url}/api/tx/${gid}/events`, { headers: { 'last-event-id': last } })
    expect(nothing.status).toBe(204)
  })

  it('need a transaction, and an id that they gave', async () => {
    expect(await test.get('/api/tx/nobody/events')).toMatchObject({
      status: 404,
      body: { code: 'TRANSACTION_NOT_FOUND' },
    })
    const gid = await started()
    for (const id of ['x', '-1', '1.5', '9'.repeat(30)]) {
      expect((await test.get(`/api/tx/${gid}/events`, { 'last-event-id': id })).status).toBe(400)
    }
  })

  it('are left without a trace by a reader who goes away', async () => {
    const gid = await started()
    const leaving = new AbortController()
    const response = await fetch(`${url}/api/tx/${gid}/events`, { signal: leaving.signal })
    await read(response, (text) => text.includes('PREPARED'))
    leaving.abort()
    await sleep(50)
    // The place that it held is free again: as many as there may be can still be opened.
    expect(await test.post('/api/submit', { gid })).toMatchObject({ status: 200 })
    expect(states(await read(await fetch(`${url}/api/tx/${gid}/events`)))).toHaveLength(1)
  })

  it('have a bounded number of readers', async () => {
    const gid = await started()
    const leaving = new AbortController()
    const open = await Promise.all(
      Array.from({ length: EVENT_STREAMS_MAX }, () =>
        fetch(`${url}/api/tx/${gid}/events`, { signal: leaving.signal }),
      ),
    )
    expect(open.every(({ status }) => status === 200)).toBe(true)
    const refused = await fetch(`${url}/api/tx/${gid}/events`)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(await refused.json()).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' })
    await Promise.all(open.map(({ body }) => body?.cancel()))
    leaving.abort()
    await expect
      .poll(
        async () =>
          (await fetch(`${url}/api/tx/${gid}/events`, { method: 'GET', signal: AbortSignal.timeout(1_000) }))
            .status,
        { timeout: LEFT_MAX_MS },
      )
      .toBe(200)
  })
})

it('a door that closes breaks its event streams off, so that their readers resume elsewhere', async () => {
  const other = await openDoor()
  const opened = await other.door.open()
  const { gid } = (await other.post('/api/start', {})).body
  const response = await fetch(`${opened.url}/api/tx/${gid}/events`)
  const reading = read(response).catch((error: unknown) => error)
  await sleep(50)
  await other.door.close()
  expect(await reading).toBeInstanceOf(TypeError)
})
