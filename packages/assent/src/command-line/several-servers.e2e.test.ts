import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestServer, testPostgres } from '@assent/testkit/servers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Participant, startParticipant } from '../../test/participant.ts'
import { killServers, type RunningServer, startServer } from '../../test/running-server.ts'
import { EXIT } from './exit-codes.ts'

/** What a server polls the store for at most, and some time for a busy machine. */
const NEWS_MAX_MS = 1_500
const LEASE_SECONDS = 30

let folder: string
let database: TestServer
let participant: Participant
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assent-several-'))
  database = await testPostgres()
  participant = await startParticipant()
})
afterAll(async () => {
  killServers()
  participant?.close()
  await database?.close()
  rmSync(folder, { recursive: true })
})

/** A server on the one database. No test could wait until its lease has run out. */
function start(): RunningServer {
  return startServer(folder, [`--lease-secs=${LEASE_SECONDS}`], {
    ASSENT_STORE: 'postgres',
    ASSENT_POSTGRES_DSN: database.url,
    ASSENT_POSTGRES_SCHEMA: `several_${process.pid}`,
  })
}

type Json = Record<string, unknown>

async function ask(url: string, body?: Json): Promise<{ status: number; body: Json }> {
  const init =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(url, init)
  return { status: response.status, body: (await response.json()) as Json }
}

/** The statuses of an event stream until its end, and when each of them came. */
async function followed(url: string): Promise<{ status: unknown; at: number }[]> {
  const response = await fetch(url)
  const seen: { status: unknown; at: number }[] = []
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString()
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^id: .*\ndata: (.*)$/m.exec(text.slice(0, end))?.[1]
      if (data !== undefined) seen.push({ status: (JSON.parse(data) as Json).status, at: performance.now() })
      text = text.slice(end + 2)
    }
  }
  return seen
}

let gids = 0
const newGid = (): string => `gid-${++gids}`

describe('two servers on one PostgreSQL', () => {
  let first: string
  let second: string
  beforeAll(async () => {
    const [one, other] = [start(), start()]
    first = await one.url()
    second = await other.url()
  })

  let gid: string
  let action: string
  let compensate: string
  beforeEach(() => {
    gid = newGid()
    action = `${participant.url}/${gid}`
    compensate = `${action}/undo`
  })

  it('show at either how a transaction goes that the other drives: by waiting, and as events', async () => {
    participant.answers(`/${gid}`, 200, 1_000)
    await ask(`${first}/api/tx`, { gid, branches: [{ action }] })
    const there = ask(`${first}/api/tx/${gid}?wait=30000`).then(({ body }) => ({
      body,
      at: performance.now(),
    }))
    const [waited, events, ended] = await Promise.all([
      ask(`${second}/api/tx/${gid}?wait=30000`).then(({ body }) => ({ body, at: performance.now() })),
      followed(`${second}/api/tx/${gid}/events`),
      there,
    ])
    expect([waited.body.status, ended.body.status]).toEqual(['COMMITTED', 'COMMITTED'])
    expect(events.map(({ status }) => status).at(-1)).toBe('COMMITTED')
    expect(waited.at - ended.at).toBeLessThan(NEWS_MAX_MS)
    expect((events.at(-1)?.at ?? Number.POSITIVE_INFINITY) - ended.at).toBeLessThan(NEWS_MAX_MS)
  })

  it('take the next step of a transaction at either: begun at one, added to, submitted and ended at the other', async () => {
    await ask(`${first}/api/start`, { gid })
    expect((await ask(`${second}/api/branch/add`, { gid, branch_id: 'a', action })).status).toBe(200)
    expect((await ask(`${first}/api/branch/add`, { gid, branch_id: 'b', action })).status).toBe(200)
    const submitted = await ask(`${second}/api/submit`, { gid, wait: true })
    expect(submitted.body).toMatchObject({ status: 'COMMITTED' })
    expect((await ask(`${first}/api/tx/${gid}`)).body).toMatchObject({ status: 'COMMITTED' })
  })

  it('are told the same of a repeat at the other, and refuse other content under its gid', async () => {
    const asked = { gid, branches: [{ action }], wait: true }
    expect((await ask(`${first}/api/tx`, asked)).status).toBe(201)
    expect(await ask(`${second}/api/tx`, asked)).toMatchObject({ status: 200, body: { status: 'COMMITTED' } })
    const other = { gid, branches: [{ action: `${action}/other` }] }
    expect((await ask(`${second}/api/tx`, other)).body).toMatchObject({ code: 'CONFLICT' })
  })

  it('abort at either what the other drives', async () => {
    participant.answers(`/${gid}`, 202)
    await ask(`${first}/api/tx`, { gid, branches: [{ action, compensate }] })
    const aborted = await ask(`${second}/api/abort`, { gid, reason: 'changed our mind', wait: true })
    expect(aborted.body).toMatchObject({ status: 'ABORTED', reason: 'changed our mind' })
    expect((await ask(`${first}/api/tx/${gid}`)).body).toMatchObject({ status: 'ABORTED' })
    expect(participant.calls.filter((path) => path === `/${gid}/undo`)).toHaveLength(1)
  })

  it('retry at either what waits at the other', async () => {
    participant.answers(`/${gid}`, 500)
    const options = { retry_interval_ms: 60_000, timeout_to_fail_ms: 600_000 }
    await ask(`${first}/api/tx`, { gid, branches: [{ action }], options })
    await expect.poll(() => participant.calls.filter((path) => path === `/${gid}`).length).toBe(1)
    participant.answers(`/${gid}`, 200)
    await ask(`${second}/api/tx/${gid}/retry`, {})
    expect((await ask(`${first}/api/tx/${gid}?wait=10000`)).body).toMatchObject({ status: 'COMMITTED' })
  })

  it('resolve at either what must finish at the other and does not', async () => {
    participant.answers(`/${gid}`, 202)
    participant.answers(`/${gid}/undo`, 500)
    const branches = [{ branch_id: 'a', action, compensate }]
    await ask(`${first}/api/tx`, { gid, branches, options: { retry_interval_ms: 60_000 } })
    await ask(`${first}/api/abort`, { gid })
    await expect.poll(() => participant.calls).toContain(`/${gid}/undo`)
    const resolution = { branch_id: 'a', op: 'compensate', outcome: 'done', reason: 'undone by hand' }
    expect((await ask(`${second}/api/tx/${gid}/resolve`, resolution)).status).toBe(200)
    expect((await ask(`${first}/api/tx/${gid}?wait=10000`)).body).toMatchObject({ status: 'ABORTED' })
  })
})

/** Transactions of a rolling restart, and how often a branch of theirs is asked whether it is done. */
const ROLLING_TRANSACTIONS = 200
const ASKED_EVERY_MS = 200
/** What a server that goes on may need for all that another hands over, on a busy machine. */
const TAKEN_OVER_MAX_MS = 5_000

describe('a rolling restart', () => {
  it('makes no transaction wait for a lease: what one hands over the other goes on with at once', async () => {
    const leaving = start()
    const staying = start()
    const [from, to] = [await leaving.url(), await staying.url()]
    participant.answers('/rolling', 202)
    const branches = [{ action: `${participant.url}/rolling` }]
    const options = { retry_interval_ms: ASKED_EVERY_MS }
    const rolling = Array.from({ length: ROLLING_TRANSACTIONS }, newGid)
    await Promise.all(rolling.map((gid) => ask(`${from}/api/tx`, { gid, branches, options })))
    const waits = rolling.map(async (gid) => {
      const { body } = await ask(`${to}/api/tx/${gid}?wait=60000`)
      return { status: body.status, at: performance.now() }
    })
    leaving.child.kill('SIGTERM')
    expect(await leaving.exited).toEqual({ code: EXIT.ok, signal: null })
    participant.answers('/rolling', 200)
    const leftAt = performance.now()
    const ended = await Promise.all(waits)
    expect(ended.filter(({ status }) => status !== 'COMMITTED')).toEqual([])
    expect(Math.max(...ended.map(({ at }) => at)) - leftAt).toBeLessThan(TAKEN_OVER_MAX_MS)
  })
})
