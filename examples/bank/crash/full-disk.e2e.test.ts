import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { keptTransactions } from './evidence/evidence.ts'
import { assentCommand } from './processes/coordinators.ts'
import { KillableProcess } from './processes/killable-process.ts'
import { freePorts } from './processes/ports.ts'
import { mountSmallDisk, type SmallDisk } from './processes/small-disk.ts'

const MEBIBYTE = 1024 * 1024
const DISK_BYTES = 16 * MEBIBYTE
const OCCUPIED_BYTES = 12 * MEBIBYTE
/** Large enough that the disk is full soon. */
const PAYLOAD = 'x'.repeat(20_000)
const TRANSACTIONS_MAX = 2_000
/** The longest pause of whatever tries again. */
const WITHIN = { timeout: 20_000, interval: 100 }

let folder: string
/** Undefined where it can't be had. */
let disk: SmallDisk | undefined
let coordinator: KillableProcess
let participant: Server
/** What the participant answers. */
let answers = 500

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assent-disk-'))
  disk = await mountSmallDisk(join(folder, 'disk'), DISK_BYTES)
  participant = createServer((request, response) => {
    request.resume()
    response.writeHead(answers).end()
  })
  await new Promise<void>((resolve) => participant.listen(0, '127.0.0.1', resolve))
})
beforeEach(() => {
  answers = 500
})
afterEach(() => coordinator?.kill())
afterAll(async () => {
  participant.close()
  await disk?.unmount()
  rmSync(folder, { recursive: true })
})

/** Starts a coordinator on a data directory, through whatever confines it. */
async function start(dataDirectory: string, through: readonly string[]): Promise<void> {
  const [port] = await freePorts(1)
  coordinator = new KillableProcess({
    name: 'coordinator',
    url: `http://127.0.0.1:${port}`,
    logFile: join(folder, 'coordinator.log'),
    compileCache: join(folder, 'compiled'),
    command: () => [assentCommand(), 'start', `--http-port=${port}`, `--data-dir=${dataDirectory}`],
    through,
  })
  coordinator.start()
  await coordinator.ready()
}

function post(path: string, body: unknown): Promise<Response> {
  return fetch(`${coordinator.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

const open = (gid: string) => post('/api/start', { gid, payload: PAYLOAD })
const health = async () => (await fetch(`${coordinator.url}/health`)).status
const statusOf = async (gid: string) => {
  const response = await fetch(`${coordinator.url}/api/tx/${gid}`)
  return ((await response.json()) as { status?: string }).status
}

/** A saga that is accepted and can't go on before the participant recovers. */
async function acceptSaga(gid: string): Promise<void> {
  const { port } = participant.address() as AddressInfo
  const branches = [{ action: `http://127.0.0.1:${port}/` }]
  const options = { retry_interval_ms: 50, retry_max_interval_ms: 200 }
  expect((await post('/api/tx', { gid, branches, options })).status).toBe(201)
}

/** Opens transactions until one is not accepted: which were acknowledged, and the answer to that one, if any. */
async function fill(): Promise<{ acknowledged: string[]; refusal: Response | undefined }> {
  const acknowledged: string[] = []
  for (let number = 0; number < TRANSACTIONS_MAX; number += 1) {
    const response = await open(`filler-${number}`).catch(() => undefined)
    if (response?.status !== 200) return { acknowledged, refusal: response }
    acknowledged.push(`filler-${number}`)
  }
  throw new Error('the disk was never full')
}

async function mustBeUnavailable(refusal: Response | undefined): Promise<void> {
  expect(refusal?.status).toBe(503)
  expect(Number(refusal?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refusal?.json()).toMatchObject({ code: 'STORE_UNAVAILABLE' })
}

async function mustHave(gids: readonly string[]): Promise<void> {
  const kept = new Set((await keptTransactions(coordinator.url)).map(({ gid }) => gid))
  expect(gids.filter((gid) => !kept.has(gid))).toEqual([])
}

describe('on a disk that is full', () => {
  it('new work is answered 503, what was acknowledged is kept, and all goes on once there is room', async ({
    skip,
  }) => {
    if (disk === undefined) {
      return skip('needs Linux, and a user who may mount: root, or one who may make namespaces')
    }
    const { folder: mounted, through, occupy, free } = disk
    const data = join(mounted, 'data')
    occupy(OCCUPIED_BYTES)
    await start(data, through)
    await acceptSaga('in-flight')
    const { acknowledged, refusal } = await fill()
    expect(acknowledged.length).toBeGreaterThan(10)
    await mustBeUnavailable(refusal)
    await expect.poll(health, WITHIN).toBe(503)
    await mustHave([...acknowledged, 'in-flight'])
    answers = 200

    free()
    await expect.poll(health, WITHIN).toBe(200)
    await expect.poll(async () => (await open(`filler-${acknowledged.length}`)).status, WITHIN).toBe(200)
    await expect.poll(() => statusOf('in-flight'), WITHIN).toBe('COMMITTED')
    await coordinator.kill()
    coordinator.start()
    await coordinator.ready()
    await mustHave([...acknowledged, `filler-${acknowledged.length}`, 'in-flight'])
    expect(coordinator.ownEnds).toEqual([])
  })
})

describe.skipIf(process.platform === 'win32')('on a disk that lets no file grow', () => {
  /** Of `ulimit`, in the blocks of 512 or 1024 bytes that shells count in. */
  const BLOCKS = '3000'

  /** What the process ends with when the store fails for good; `assent start --help` says so. */
  const STORE_CODE = 6

  it('new work is answered 503 until the process ends, and the next one has all that was acknowledged', async () => {
    const data = join(folder, 'limited')
    await start(data, ['sh', '-c', 'ulimit -f "$1" && shift && exec "$@"', 'sh', BLOCKS])
    await acceptSaga('in-flight')
    const { acknowledged, refusal } = await fill()
    expect(acknowledged.length).toBeGreaterThan(10)
    // Unlike no room this may be a disk that loses what it is given, so the process gives it up after some time.
    if (refusal !== undefined) await mustBeUnavailable(refusal)
    else await expect.poll(() => coordinator.ownEnds[0], WITHIN).toContain(`exit code ${STORE_CODE}`)
    await coordinator.kill()

    answers = 200
    await start(data, [])
    await mustHave([...acknowledged, 'in-flight'])
    await expect.poll(() => statusOf('in-flight'), WITHIN).toBe('COMMITTED')
    expect((await open('next')).status).toBe(200)
    expect(await health()).toBe(200)
  })
})
