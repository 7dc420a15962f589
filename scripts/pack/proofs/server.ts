/** A server without any driver: it keeps transactions in SQLite, and says what another store would need. */
import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

const STORE_CODE = 6
const folder = mkdtempSync(join(tmpdir(), 'assent-proof-'))

function start(...flags: string[]): ChildProcessByStdio<null, Readable, Readable> {
  const program = join('node_modules', 'assent', 'command-line', 'main.js')
  const args = [program, 'start', '--http-port=0', `--data-dir=${join(folder, 'data')}`, ...flags]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function urlOf(server: ReturnType<typeof start>): Promise<string> {
  for await (const line of createInterface({ input: server.stdout })) {
    const { url } = JSON.parse(line) as { url?: string }
    if (url !== undefined) return url
  }
  throw new Error(`the server did not start: ${await text(server.stderr)}`)
}

const server = start()
const url = await urlOf(server)
assert.equal((await fetch(`${url}/ready`)).status, 200)
const body = JSON.stringify({ gid: 'first', branches: [{}, {}], wait: true })
const headers = { 'content-type': 'application/json' }
const answer = await fetch(`${url}/api/tx`, { method: 'POST', headers, body })
assert.equal(((await answer.json()) as { status: string }).status, 'COMMITTED')
server.kill('SIGTERM')
assert.deepEqual(await once(server, 'exit'), [0, null])

for (const [store, driver] of [
  ['postgres', 'pg'],
  ['mysql', 'mariadb'],
  ['redis', 'redis'],
] as const) {
  const refused = start(`--store=${store}`)
  const said = text(refused.stderr)
  assert.deepEqual(await once(refused, 'exit'), [STORE_CODE, null])
  assert.match(await said, new RegExp(`npm install ${driver}\\b`))
}
rmSync(folder, { recursive: true })
