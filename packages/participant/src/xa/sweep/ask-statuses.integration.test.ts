import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AssentError, type EndedAnswer, type Status } from '@assent/contract'
import { afterEach, describe, expect, it } from 'vitest'
import { askStatuses, statusesOf } from './ask-statuses.ts'

const ENDED: EndedAnswer = {
  ended: [{ gid: 'paid', status: 'COMMITTED', endedAt: 1 }],
  unknown: ['stray'],
}
const OPEN: Record<string, Status> = { open: 'SUBMITTED', deciding: 'ABORTING' }
const GIDS = ['paid', 'open', 'stray', 'deciding', 'gone']
const EXPECTED = new Map<string, Status>([
  ['paid', 'COMMITTED'],
  ['open', 'SUBMITTED'],
  ['deciding', 'ABORTING'],
])

let server: Server | undefined
afterEach(() => server?.close().closeAllConnections())

async function coordinator(show: (gid: string) => { status: number; body: string }) {
  const looked: string[] = []
  server = createServer((request, response) => {
    if (request.method === 'POST') {
      const ended = ENDED.ended.map(({ endedAt, ...each }) => ({ ...each, ended_at: endedAt }))
      response.end(JSON.stringify({ ended, unknown: ENDED.unknown }))
      return
    }
    const gid = String(request.url).replace('/api/tx/', '')
    looked.push(gid)
    const { status, body } = show(gid)
    response.writeHead(status).end(body)
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, looked }
}

describe('asking where transactions stand', () => {
  it('asks a server once for those that have ended, and looks at the others', async () => {
    const { url, looked } = await coordinator((gid) => {
      const status = OPEN[gid]
      return status ? { status: 200, body: JSON.stringify({ gid, status }) } : { status: 404, body: '' }
    })
    expect(await askStatuses(url)(GIDS)).toEqual(EXPECTED)
    expect(looked.sort()).toEqual(['deciding', 'gone', 'open'])
  })

  it.each([
    ['an error', 503, '{}', 'answered 503'],
    ['no JSON', 200, 'hello', 'JSON'],
    ['a status that is none', 200, '{"status":"DONE"}', 'told no status'],
    ['no status', 200, '{}', 'told no status'],
  ])('throws when a server answers %s, so that nothing is ended', async (_what, status, body, message) => {
    const { url } = await coordinator(() => ({ status, body }))
    await expect(askStatuses(url)(GIDS)).rejects.toThrow(message)
  })

  it('asks an embedded Assent the same', async () => {
    const get = async ({ gid }: { gid: string }) => {
      const status = OPEN[gid]
      if (status === undefined) throw new AssentError('TRANSACTION_NOT_FOUND', 'it is not known')
      return { gid, status } as never
    }
    expect(await statusesOf({ ended: async () => ENDED, get })(GIDS)).toEqual(EXPECTED)
    const away = () => Promise.reject(new AssentError('STORE_UNAVAILABLE', 'the store is away'))
    await expect(statusesOf({ ended: async () => ENDED, get: away })(GIDS)).rejects.toThrow('away')
  })
})
