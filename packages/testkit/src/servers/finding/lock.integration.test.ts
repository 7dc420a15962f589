import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { withLock } from './lock.ts'

const TIMEOUT_MS = 10_000

describe.runIf(process.platform === 'linux')(
  'the lock of an installation, which there is on Linux only',
  () => {
    it('is held by one at a time', async () => {
      const name = `assent-test-${process.pid}-one`
      let holders = 0
      let most = 0
      const hold = () =>
        withLock(name, TIMEOUT_MS, async () => {
          holders += 1
          most = Math.max(most, holders)
          await sleep(20)
          holders -= 1
        })
      await Promise.all([hold(), hold(), hold()])
      expect({ holders, most }).toEqual({ holders: 0, most: 1 })
    })

    it('is lost with the life of its holder', async () => {
      const name = `assent-test-${process.pid}-life`
      const source = `import { withLock } from '${join(import.meta.dirname, 'lock.ts')}'
      await withLock('${name}', 1, () => new Promise((resolve) => {
        console.log('held')
        setTimeout(resolve, 60_000)
      }))`
      const holder = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source])
      await once(holder.stdout, 'data')
      await expect(withLock(name, 0, async () => 'mine')).rejects.toThrow('Another process has held')
      holder.kill('SIGKILL')
      expect(await withLock(name, TIMEOUT_MS, async () => 'mine')).toBe('mine')
    })

    it('is given back when the work fails', async () => {
      const name = `assent-test-${process.pid}-failure`
      await expect(withLock(name, 0, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
      expect(await withLock(name, 0, async () => 'mine')).toBe('mine')
    })
  },
)
