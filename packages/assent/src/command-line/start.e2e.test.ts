import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { killServers, startServer } from '../../test/running-server.ts'
import { EXIT } from './exit-codes.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assent-start-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

afterEach(killServers)
const start = (...flags: string[]) => startServer(folder, flags)

const post = async (url: string, body: unknown) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

describe('assent start', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stops gracefully at %s, and keeps what it accepted',
    async (signal) => {
      const data = join(folder, signal)
      const first = start('--data-dir', data)
      const { gid } = (await (await post(`${await first.url()}/api/start`, {})).json()) as { gid: string }
      first.child.kill(signal)
      expect(await first.exited).toEqual({ code: EXIT.ok, signal: null })
      expect(
        first
          .lines()
          .map(({ msg }) => msg)
          .slice(-2),
      ).toEqual(['stopping', 'stopped'])
      const second = start('--data-dir', data)
      expect((await fetch(`${await second.url()}/api/tx/${gid}`)).status).toBe(200)
    },
  )

  it('answers what waits with where it stands when it is told to stop', async () => {
    const server = start('--store', 'memory')
    const url = await server.url()
    const { gid } = (await (await post(`${url}/api/start`, {})).json()) as { gid: string }
    const waiting = fetch(`${url}/api/tx/${gid}?wait=60000`).then((response) => response.json())
    await new Promise((resolve) => setTimeout(resolve, 200))
    server.child.kill('SIGTERM')
    expect((await server.exited).code).toBe(EXIT.ok)
    expect(await waiting).toMatchObject({ gid, status: 'PREPARED' })
  })

  it('stops when the process that forked it is gone, however that ended', async () => {
    const server = start('--store', 'memory')
    await server.url()
    // What the end of a parent looks like from here.
    server.child.disconnect()
    expect((await server.exited).code).toBe(EXIT.ok)
  })

  it('ends at once at the second signal', async () => {
    const server = start('--store', 'memory')
    const url = await server.url()
    const { gid } = (await (await post(`${url}/api/start`, {})).json()) as { gid: string }
    fetch(`${url}/api/tx/${gid}?wait=60000`).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 200))
    server.child.kill('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve, 200))
    const secondAt = performance.now()
    server.child.kill('SIGTERM')
    await server.exited
    expect(performance.now() - secondAt).toBeLessThan(2_000)
  })

  it('says with its exit code what is in the way', async () => {
    const data = join(folder, 'held')
    const holding = start('--data-dir', data)
    await holding.url()
    const second = start('--data-dir', data)
    expect((await second.exited).code).toBe(EXIT.store)
    expect(second.err()).toContain(data)

    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const port = String((taken.address() as { port: number }).port)
    const third = start('--store', 'memory', '--http-port', port)
    expect((await third.exited).code).toBe(EXIT.portTaken)
    expect(third.err()).toContain(`127.0.0.1:${port} is taken by another program`)
    taken.close()
  })
})
