import { chmod, mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../test/directory.ts'
import { manyWrites, writeOf } from '../../test/rows.ts'
import { Database } from './database.ts'
import { sqlite } from './store.ts'

let directory: string
let path: string
let remove: () => Promise<void>

beforeEach(async () => {
  ;({ path: directory, remove } = await temporaryDirectory())
  path = join(directory, 'assent.db')
})
afterEach(() => remove())

/** Opens, and answers the message with which it was refused as invalid. */
async function refusal(at: string = directory): Promise<string> {
  const store = sqlite({ directory: at })
  try {
    await store.open()
  } catch (error) {
    expect(error).toMatchObject({ code: 'STORE_INVALID' })
    return String(error)
  }
  await store.close()
  return expect.unreachable('it was opened')
}

/** A database of this store, with something in it, closed. */
async function makeStore(rows = 1): Promise<void> {
  const store = sqlite({ directory })
  await store.open()
  await store.write(manyWrites(rows, { state: 'x'.repeat(1_000) }))
  await store.close()
}

describe('opening', () => {
  it('makes the data directory where it is missing, with all that leads to it', async () => {
    const store = sqlite({ directory: join(directory, 'a', 'b', 'c') })
    await store.open()
    await store.write([writeOf()])
    await store.close()
    expect((await readFile(join(directory, 'a', 'b', 'c', 'assent.db'))).subarray(0, 15).toString()).toBe(
      'SQLite format 3',
    )
  })

  it('takes a file that holds nothing yet as new', async () => {
    await writeFile(path, '')
    await makeStore()
  })

  it('applies each migration once, and keeps when', async () => {
    await makeStore()
    const migrations = (): unknown[] => {
      const database = new DatabaseSync(path)
      const rows = database.prepare('SELECT * FROM migrations').all()
      database.close()
      return rows
    }
    const first = migrations()
    expect(first[0]).toMatchObject({
      number: 1,
      name: '0001-transactions.sql',
      applied_at: expect.any(Number),
    })
    const store = sqlite({ directory })
    await store.open()
    await store.close()
    expect(migrations()).toEqual(first)
  })

  it('asks the disk to keep every commit', () => {
    const database = new Database(path, 0)
    database.tune(undefined)
    expect(database.text('PRAGMA journal_mode')).toBe('wal')
    expect(database.number('PRAGMA synchronous')).toBe(2)
    expect(database.number('PRAGMA fullfsync')).toBe(1)
    expect(database.number('PRAGMA checkpoint_fullfsync')).toBe(1)
    database.close()
  })
})

describe('a file that is not the store’s', () => {
  it('is refused when it is no database, and left as it was', async () => {
    const text = 'these are the minutes of a meeting\n'.repeat(500)
    await writeFile(path, text)
    expect(await refusal()).toMatch(
      /assent\.db can not be used: .*restore it from a backup, or name another data directory/,
    )
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('is refused when it is the database of another program, and left as it was', async () => {
    const other = new DatabaseSync(path)
    other.exec('CREATE TABLE customers (name TEXT)')
    other.close()
    const before = await readFile(path)
    expect(await refusal()).toMatch(/belongs to another program; name another data directory/)
    expect(await readFile(path)).toEqual(before)
  })

  it('is refused when another program has marked it as its own, though it holds no table', async () => {
    const other = new DatabaseSync(path)
    other.exec('PRAGMA application_id = 7')
    other.close()
    expect(await refusal()).toMatch(/belongs to another program/)
  })

  it('is refused when a newer version has changed its schema, and left as it was', async () => {
    await makeStore()
    const newer = new DatabaseSync(path)
    newer.exec("INSERT INTO migrations VALUES (9999, '9999-later.sql', 0)")
    newer.close()
    const before = await readFile(path)
    expect(await refusal()).toMatch(/schema is number 9999 .*; run the version that wrote it, or a newer one/)
    expect(await readFile(path)).toEqual(before)
  })

  it('is refused when a page of it is damaged', async () => {
    await makeStore(500)
    const file = await open(path, 'r+')
    await file.write(Buffer.alloc(4_096, 0x5a), 0, 4_096, 4_096 * 40)
    await file.close()
    expect(await refusal()).toMatch(/restore it from a backup/)
  })

  it('is refused when half of it is missing', async () => {
    await makeStore(500)
    const file = await open(path, 'r+')
    await file.truncate(4_096 * 50)
    await file.close()
    expect(await refusal()).toMatch(/restore it from a backup/)
  })

  it('is refused when it is a folder', async () => {
    await mkdir(path)
    expect(await refusal()).toMatch(/see that it may be read and written/)
  })

  it('is refused when the lock file is something else', async () => {
    await writeFile(join(directory, 'assent.lock'), 'something else '.repeat(100))
    expect(await refusal()).toMatch(/assent\.lock can not be used: .*move it away/)
  })
})

describe('a data directory that can not be used', () => {
  it('is refused when a file stands in its place', async () => {
    const file = join(directory, 'file')
    await writeFile(file, '')
    expect(await refusal(file)).toMatch(/name a directory that can be made/)
    expect(await refusal(join(file, 'deeper'))).toMatch(/name a directory that can be made/)
  })

  it.skipIf(process.getuid?.() === 0)(
    'is refused when nothing may be written there (not here as root)',
    async () => {
      await chmod(directory, 0o500)
      expect(await refusal()).toMatch(/see that it may be written/)
      await chmod(directory, 0o700)
    },
  )
})
