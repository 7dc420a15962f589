import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const APPLICATION = fileURLToPath(new URL('../../test/dying-application.ts', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assent-application-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function run(moment: string, refusing = '') {
  const { signal, stdout, stderr } = spawnSync(process.execPath, [APPLICATION, folder, moment, refusing], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { signal, said: stdout.trim(), stderr }
}

/** How often each step stands in the books, its undo counted against it. */
function entries(): Record<string, number> {
  const books = new DatabaseSync(join(folder, 'books.db'))
  const rows = books.prepare('SELECT step, sum(done) AS done FROM entries GROUP BY step').all()
  books.close()
  return Object.fromEntries(rows.map(({ step, done }) => [step, Number(done)]))
}

const ACTIONS = ['reserve', 'charge', 'ship'].flatMap((step) => [`action:${step}`, `answered action:${step}`])
const UNDOS = ['charge', 'reserve'].flatMap((step) => [`compensate:${step}`, `answered compensate:${step}`])

describe('an application that is killed amid its saga', () => {
  it.each(ACTIONS)('finishes it in the next process, each step once: %s', (moment) => {
    expect(run(moment)).toMatchObject({ signal: 'SIGKILL', said: '' })
    expect(run('recover')).toMatchObject({ signal: null, said: 'COMMITTED' })
    expect(entries()).toEqual({ reserve: 1, charge: 1, ship: 1 })
  })

  it.each([...ACTIONS, ...UNDOS])('undoes in the next process all that was done: %s', (moment) => {
    expect(run(moment, 'ship')).toMatchObject({ signal: 'SIGKILL', said: '' })
    expect(run('recover', 'ship')).toMatchObject({ signal: null, said: 'ABORTED' })
    expect(entries()).toEqual({ reserve: 0, charge: 0 })
  })
})
