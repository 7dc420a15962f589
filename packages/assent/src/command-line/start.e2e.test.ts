import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from './exit-codes.ts'

const MAIN = join(import.meta.dirname, 'main.ts')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assent-start-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

/** `assent start` in a process of its own. */
function start(...flags: string[]) {
  const child = spawn(process.execPath, [MAIN, 'start', '--http-port', '0', ...flags], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  }) as ChildProcessByStdio<null, Readable, Readable>
  running.push(child)
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  let err = ''
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const url = async (): Promise<string> => {
    const listening = () => lines.map((line) => JSON.parse(line)).find((line) => line.url !== undefined)
    await expect.poll(listening, { timeout: 20_000 }).toBeDefined()
    return listening().url
  }
  return { child, exited, url, lines, err: () => err }
}

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
      expect(first.lines.map((line) => JSON.parse(line).msg).slice(-2)).toEqual(['stopping', 'stopped'])
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

    const fourth = start('--store', 'redis')
    expect((await fourth.exited).code).toBe(EXIT.usage)
    expect(fourth.err()).toContain('this version keeps transactions in sqlite or memory only')
  })
})
