import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { httpApi } from '@assent/client'
import { nodeHandler, type Verification } from '@assent/participant'
import { afterEach, describe, expect, it } from 'vitest'
import { startMemoryServer } from '../../test/memory-server.ts'

const [OLD, NEW, OTHER] = ['the-secret-of-yesterday', 'the-secret-of-tomorrow', 'the-secret-of-others']

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each()
})

/** A server that signs with these secrets. */
async function open(secrets: string) {
  const server = await startMemoryServer(secrets === '' ? {} : { ASSENT_CALL_SECRET: secrets })
  const api = httpApi({ url: server.url })
  cleanUp.push(
    () => server.close(),
    () => api.close(),
  )
  return api
}

/** A service that verifies; what it does is noted. */
async function service(first: Verification['secret']) {
  const done: string[] = []
  const answer = async (request: Request) => {
    done.push(`${request.headers.get('assent-op')} ${await request.text()}`)
    return Response.json({ done: true })
  }
  let handle = nodeHandler(answer, { verified: { secret: first } })
  const server = createServer((...asked) => void handle(...asked))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => server.close().closeAllConnections())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/withdraw?x=1`,
    done,
    change: (secret: Verification['secret']) => {
      handle = nodeHandler(answer, { verified: { secret } })
    },
  }
}

const saga = (url: string) => ({
  payload: { cents: 30, to: 'Zoë' },
  branches: [{ branchId: 'b', action: url, compensate: url }],
})

describe('a service that verifies calls', () => {
  it('does what a server with the same secret asks for', async () => {
    const api = await open(OLD)
    const { url, done } = await service(OLD)
    expect(await api.run({ ...saga(url), waitMs: 10_000 })).toMatchObject({ status: 'COMMITTED' })
    expect(done).toEqual(['action {"cents":30,"to":"Zoë"}'])
  })

  it('does what is asked while the secret is changed, on whichever side first', async () => {
    const both = await open(`${OLD},${NEW}`)
    for (const known of [OLD, NEW, [NEW, OLD]]) {
      const { url } = await service(known)
      expect(await both.run({ ...saga(url), waitMs: 10_000 })).toMatchObject({ status: 'COMMITTED' })
    }
    const old = await open(OLD)
    const { url } = await service([NEW, OLD])
    expect(await old.run({ ...saga(url), waitMs: 10_000 })).toMatchObject({ status: 'COMMITTED' })
  })

  it.each([
    ['signs with another', OTHER],
    ['signs nothing', ''],
  ])(
    'aborts nobody’s transaction when the server %s: the call is asked again until the secrets agree',
    async (_how, secrets) => {
      const api = await open(secrets)
      const { url, done, change } = await service(OLD)
      const gid = api.newGid()
      await api.run({ gid, ...saga(url) })
      await expect.poll(async () => (await api.get({ gid })).branches[0]?.attemptCount).toBeGreaterThan(1)
      const { status, branches } = await api.get({ gid })
      expect(status).toBe('SUBMITTED')
      expect(branches[0]?.attempts[0]).toMatchObject({
        outcome: 'unknown',
        status: 503,
        error: expect.stringMatching(/^answered 503: .*signature/),
      })
      expect(done).toEqual([])
      if (secrets === '') return
      change([OLD, OTHER])
      expect(await api.get({ gid, waitMs: 10_000 })).toMatchObject({ status: 'COMMITTED' })
      expect(done).toHaveLength(1)
    },
  )
})
