import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it('money goes from one database to the other or stays where it is, and nothing is left in doubt', () => {
  const ran = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    encoding: 'utf8',
    timeout: 25_000,
  })
  expect(ran.stdout.trim().split('\n')).toEqual([
    '3000 cents from ann to bob: COMMITTED',
    '30000 cents from ann to bob: ABORTED: withdraw INSUFFICIENT_FUNDS',
    '1000 cents from ann to nobody: ABORTED: deposit NO_SUCH_ACCOUNT',
    'ann has 7000 cents, bob 3000; 0 branches are in doubt',
  ])
  expect(ran.stderr).toBe('')
  expect(ran.status).toBe(0)
})
