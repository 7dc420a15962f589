import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { httpApi } from '@assent/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Participant, startParticipant } from '../../test/participant.ts'
import { killServers, startServer } from '../../test/running-server.ts'

const TRANSACTIONS = 30
/** Far longer than it takes; a busy machine is no failure. */
const PATIENCE_MS = 90_000

let folder: string
let participant: Participant
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assent-killed-'))
  participant = await startParticipant()
})
afterAll(() => {
  killServers()
  participant?.close()
  rmSync(folder, { recursive: true })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

it('a server that is killed and started again amid transactions is noticed by nobody who waits for them', async () => {
  const port = await freePort()
  const start = () => startServer(folder, ['--http-port', String(port), '--retry-interval-secs=0.1'])
  let server = start()
  await server.url()
  const api = httpApi({ url: `http://127.0.0.1:${port}`, timeoutMs: PATIENCE_MS })
  const paths = Array.from({ length: TRANSACTIONS }, (_, index) => `/killed-${index}`)
  for (const path of paths) participant.answers(`${path}/b`, 200, 50)
  const watched: string[] = []
  const ended = Promise.all(
    paths.map(async (path, index) => {
      const url = `${participant.url}${path}`
      const branches = [
        { branchId: 'a', action: `${url}/a` },
        { branchId: 'b', action: `${url}/b`, after: ['a'] },
      ]
      const { gid } = await api.run({ gid: path.slice(1), branches })
      if (index > 0) return api.submit({ gid, waitMs: PATIENCE_MS })
      for await (const { transaction } of api.events({ gid })) watched.push(transaction.status)
      return api.get({ gid })
    }),
  )
  await expect.poll(() => participant.calls.length, { timeout: 20_000 }).toBeGreaterThan(TRANSACTIONS / 3)
  server.child.kill('SIGKILL')
  await server.exited
  server = start()
  expect((await ended).map(({ status }) => status)).toEqual(paths.map(() => 'COMMITTED'))
  expect(watched.at(-1)).toBe('COMMITTED')
  for (const path of paths) expect(participant.calls).toContain(`${path}/b`)
  api.close()
})
