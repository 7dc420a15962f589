import { execFile } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keptTransactions } from './evidence/evidence.ts'
import { assentCommand } from './processes/coordinators.ts'
import { KillableProcess } from './processes/killable-process.ts'
import { freePorts } from './processes/ports.ts'

/** `assent start --help` says so of a store that is in use, damaged or foreign. */
const STORE_CODE = 6
const START_TIMEOUT_MS = 30_000
const PAGE_BYTES = 4096

let folder: string
let coordinator: KillableProcess | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assent-start-'))
})
afterEach(async () => {
  await coordinator?.kill()
  coordinator = undefined
  rmSync(folder, { recursive: true })
})

const data = () => join(folder, 'data')
const file = () => join(data(), 'assent.db')

/** Starts where it can't: answers the exit code, and what was said. */
function refusedStart(): Promise<{ code: unknown; said: string }> {
  const args = [assentCommand(), 'start', '--http-port=0', `--data-dir=${data()}`]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: START_TIMEOUT_MS }, (error, _out, said) =>
      resolve({ code: error?.code, said }),
    )
  })
}

async function start(): Promise<KillableProcess> {
  const [port] = await freePorts(1)
  coordinator = new KillableProcess({
    name: 'coordinator',
    url: `http://127.0.0.1:${port}`,
    logFile: join(folder, 'coordinator.log'),
    compileCache: join(folder, 'compiled'),
    command: () => [assentCommand(), 'start', `--http-port=${port}`, `--data-dir=${data()}`],
  })
  coordinator.start()
  await coordinator.ready()
  return coordinator
}

async function accept(url: string, gids: readonly string[]): Promise<void> {
  for (const gid of gids) {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ gid, payload: 'x'.repeat(PAGE_BYTES) })
    expect((await fetch(`${url}/api/start`, { method: 'POST', headers, body })).status).toBe(200)
  }
}

describe('a start', () => {
  it('on the file of another program ends with what to do, and leaves the file alone', async () => {
    mkdirSync(data())
    const database = new DatabaseSync(file())
    database.exec("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')")
    database.close()
    const before = readFileSync(file())
    const { code, said } = await refusedStart()
    expect(code).toBe(STORE_CODE)
    expect(said).toContain(file())
    expect(said).toContain('it belongs to another program; name another data directory')
    expect(readFileSync(file()).equals(before)).toBe(true)
  })

  it('on a file that is no database ends with what to do, and leaves the file alone', async () => {
    mkdirSync(data())
    writeFileSync(file(), 'dear diary, '.repeat(1_000))
    const { code, said } = await refusedStart()
    expect(code).toBe(STORE_CODE)
    expect(said).toContain('restore it from a backup, or name another data directory')
    expect(readFileSync(file(), 'utf8')).toMatch(/^dear diary/)
  })

  it('on a damaged file of its own ends with what to do', async () => {
    const { url } = await start()
    await accept(
      url,
      Array.from({ length: 50 }, (_, number) => `tx-${number}`),
    )
    await coordinator?.kill()
    // The log holds the newest pages; it has to be in the file for the file to be worth damaging.
    new DatabaseSync(file()).exec('PRAGMA wal_checkpoint(TRUNCATE)')
    const { size } = statSync(file())
    expect(size).toBeGreaterThan(20 * PAGE_BYTES)
    const descriptor = openSync(file(), 'r+')
    for (let page = 2; page < 10; page += 1) {
      writeSync(descriptor, Buffer.alloc(PAGE_BYTES, 0xee), 0, PAGE_BYTES, page * PAGE_BYTES)
    }
    closeSync(descriptor)
    const { code, said } = await refusedStart()
    expect(code).toBe(STORE_CODE)
    expect(said).toContain('restore it from a backup, or name another data directory')
  })

  it('on a data directory that is in use ends with what to do, and the other goes on', async () => {
    const { url } = await start()
    await accept(url, ['before'])
    const { code, said } = await refusedStart()
    expect(code).toBe(STORE_CODE)
    expect(said).toContain(data())
    expect(said).toContain('stop the process that opened it, or name another data directory')
    await accept(url, ['after'])
    expect((await keptTransactions(url)).map(({ gid }) => gid).sort()).toEqual(['after', 'before'])
  })
})
