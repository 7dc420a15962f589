import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OwnServer, startPostgres } from '@assent/testkit/servers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { killServers, startServer } from '../../test/running-server.ts'
import { EXIT } from './exit-codes.ts'

let folder: string
let database: OwnServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assent-refused-'))
  database = await startPostgres()
})
afterEach(killServers)
afterAll(async () => {
  await database?.close()
  rmSync(folder, { recursive: true })
})

function start(url: string) {
  return startServer(folder, [], { ASSENT_STORE: 'postgres', ASSENT_POSTGRES_DSN: url })
}

/** The same server, with a password that it does not let in. */
function wrongUrl(): string {
  const url = new URL(database.url)
  url.password = 'wr0ng-pa55word'
  return url.href
}

describe('assent start on a database that does not let it in', () => {
  it('ends with the exit code of the store, and with what to do', async () => {
    const server = start(wrongUrl())
    expect(await server.exited).toEqual({ code: EXIT.store, signal: null })
    expect(server.err()).toContain('correct the account, its password or the database in the URL')
    expect(server.err()).not.toContain('wr0ng-pa55word')
  })

  it('ends so too where it had to wait for the database first', async () => {
    await database.kill()
    const server = start(wrongUrl())
    const url = await server.url()
    expect((await fetch(`${url}/live`)).status).toBe(200)
    expect((await fetch(`${url}/ready`)).status).toBe(503)
    await database.start()
    expect(await server.exited).toEqual({ code: EXIT.store, signal: null })
    const last = server.lines().at(-1)
    expect(last).toMatchObject({ level: 'fatal' })
    expect(last?.msg).toContain('correct the account, its password or the database in the URL')
    expect(JSON.stringify(server.lines())).not.toContain('wr0ng-pa55word')
  })
})
