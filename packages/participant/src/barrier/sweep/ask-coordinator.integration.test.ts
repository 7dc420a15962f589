import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { askCoordinator } from './ask-coordinator.ts'

let server: Server | undefined
afterEach(() => server?.close().closeAllConnections())

/** A coordinator that answers with this, and what it was asked. */
async function coordinator(status: number, answer: string) {
  const asked: unknown[] = []
  server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('')
    asked.push([
      request.method,
      request.url,
      request.headers['content-type'],
      request.headers.authorization,
      body,
    ])
    response.writeHead(status).end(answer)
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

describe('asking a coordinator which transactions have ended', () => {
  it('sends the gids and reads what has ended and what is unknown', async () => {
    const ended = [{ gid: 'a', status: 'ABORTED', ended_at: 12 }]
    const { url, asked } = await coordinator(200, JSON.stringify({ ended, unknown: ['b'] }))
    const ask = askCoordinator(url, { headers: { authorization: 'Bearer it' } })
    expect(await ask(['a', 'b', 'c'])).toEqual({
      ended: [{ gid: 'a', status: 'ABORTED', endedAt: 12 }],
      unknown: ['b'],
    })
    expect(asked).toEqual([
      ['POST', '/api/tx/ended', 'application/json', 'Bearer it', JSON.stringify({ gids: ['a', 'b', 'c'] })],
    ])
  })

  it.each([
    ['an error', 503, '{}', 'answered 503'],
    ['no JSON', 200, 'hello', 'JSON'],
    ['something else', 200, '{"ended":[]}', 'the lists ended and unknown'],
    [
      'a transaction without an end',
      200,
      '{"ended":[{"gid":"a","status":"ABORTED"}],"unknown":[]}',
      'ended_at',
    ],
    [
      'a status that is no end',
      200,
      '{"ended":[{"gid":"a","status":"ABORTING","ended_at":1}],"unknown":[]}',
      'needs gid, status',
    ],
    ['an unknown that is no gid', 200, '{"ended":[],"unknown":[7]}', 'must be a string'],
  ])('throws when the answer is %s, so that nothing is deleted', async (_what, status, answer, message) => {
    const { url } = await coordinator(status, answer)
    await expect(askCoordinator(url)(['a'])).rejects.toThrow(message)
  })
})
