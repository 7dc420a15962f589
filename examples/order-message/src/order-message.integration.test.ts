import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it('the order service is killed amid its orders, and what is ordered left the shelves, once', () => {
  const ran = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    encoding: 'utf8',
    timeout: 25_000,
  })
  expect(ran.stdout.match(/killed with SIGKILL/g)).toHaveLength(3)
  const [, items, taken] = /of (\d+) chairs; (\d+) chairs left/.exec(ran.stdout) ?? []
  expect(Number(items)).toBeGreaterThan(0)
  expect(taken).toBe(items)
  expect(ran.status).toBe(0)
})
