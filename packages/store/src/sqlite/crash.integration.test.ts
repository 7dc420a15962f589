import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../test/directory.ts'
import { runScript } from '../../test/process.ts'
import { sqlite } from './store.ts'

const KILLS = 6
const BATCH_ROWS = 16

describe('a process that is killed while it writes', () => {
  it('has lost nothing that was acknowledged, and no row is half of anything', async () => {
    const directory = await temporaryDirectory()
    const acknowledged: string[] = []
    for (let round = 0; round < KILLS; round += 1) {
      const writer = runScript('write-on.ts', directory.path, `${round}`)
      await writer.line('acknowledged')
      await setTimeout(50 * Math.random())
      await writer.kill()
      for (const line of writer.lines.filter((one) => one.startsWith('acknowledged'))) {
        const batch = line.split(' ')[1]
        for (let index = 0; index < BATCH_ROWS; index += 1) acknowledged.push(`${round}-${batch}-${index}`)
      }
    }
    const store = sqlite({ directory: directory.path })
    await store.open()
    const rows = await store.read(acknowledged)
    expect(acknowledged.length).toBeGreaterThanOrEqual(KILLS * BATCH_ROWS)
    expect(rows.filter((row) => row?.version !== 2 || row.state !== 'second')).toEqual([])
    expect((await store.summary()).active.SUBMITTED).toBeGreaterThanOrEqual(acknowledged.length)
    await store.close()
    await directory.remove()
  })
})
