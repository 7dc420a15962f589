import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../test/directory.ts'
import { runScript } from '../../test/process.ts'
import { writeOf } from '../../test/rows.ts'
import { sqlite } from './store.ts'

let directory: string
let remove: () => Promise<void>

beforeEach(async () => {
  ;({ path: directory, remove } = await temporaryDirectory())
})
afterEach(() => remove())

describe('a data directory', () => {
  it('is refused to a second store of the same process, with what to do about it', async () => {
    const first = sqlite({ directory })
    await first.open()
    const second = sqlite({ directory })
    await expect(second.open()).rejects.toMatchObject({
      code: 'STORE_IN_USE',
      message: expect.stringContaining(directory),
    })
    await expect(second.open()).rejects.toThrow(
      /stop the process that opened it, or name another data directory/,
    )
    await first.write([writeOf()])
    await first.close()
    await second.open()
    expect(await second.read(['order-17'])).toHaveLength(1)
    await second.close()
  })

  it('is refused under another spelling of its path', async () => {
    const first = sqlite({ directory })
    await first.open()
    await expect(
      sqlite({ directory: `${directory}/../${directory.split('/').at(-1)}/.` }).open(),
    ).rejects.toMatchObject({ code: 'STORE_IN_USE' })
    await first.close()
  })

  it('is refused while another process has it, and free as soon as that process was killed', async () => {
    const other = runScript('write-on.ts', directory, 'round')
    await other.line('acknowledged')
    const store = sqlite({ directory })
    await expect(store.open()).rejects.toMatchObject({ code: 'STORE_IN_USE' })
    await other.kill()
    await store.open()
    await store.close()
  })

  it('is free again after an open that failed', async () => {
    await writeFile(
      join(directory, 'assent.db'),
      'this is no database, but long enough to be read as one'.repeat(100),
    )
    await expect(sqlite({ directory }).open()).rejects.toMatchObject({ code: 'STORE_INVALID' })
    await expect(sqlite({ directory }).open()).rejects.toMatchObject({ code: 'STORE_INVALID' })
  })

  it('can be read with any SQLite tool while a store has it open', async () => {
    const store = sqlite({ directory })
    await store.open()
    await store.write([writeOf({ state: '{"form":1,"text":"Zoë"}' })])
    const tool = new DatabaseSync(join(directory, 'assent.db'), { readOnly: true })
    const row = tool.prepare("SELECT gid, status, state ->> '$.text' AS text FROM transactions").get()
    expect({ ...row }).toEqual({ gid: 'order-17', status: 'SUBMITTED', text: 'Zoë' })
    tool.close()
    await store.close()
  })
})

describe('a process', () => {
  it('ends by itself when all that is left is an open store', async () => {
    const idle = runScript('open-and-idle.ts', directory)
    expect(await idle.ended).toBe(0)
    expect(idle.lines).toEqual(['written'])
  })
})
