import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Accounts, effects } from '../../../test/accounts.ts'
import type { BarrierOperation } from '../call.ts'

const DYING_SERVICE = fileURLToPath(new URL('../../../test/dying-service.ts', import.meta.url))

let accounts: Accounts
beforeEach(() => {
  accounts = new Accounts()
  accounts.connect()
})
afterEach(() => accounts.close())

function serve(op: BarrierOperation, moment: 'amid-business' | 'after-commit' | 'never') {
  const ran = spawnSync(process.execPath, [DYING_SERVICE, accounts.file, op, moment], { encoding: 'utf8' })
  if (ran.signal === null && ran.status !== 0) throw new Error(ran.stderr)
  return ran.signal ?? JSON.parse(ran.stdout)
}

const kept = () => effects(accounts.connect())

describe('a service that is killed', () => {
  it('between the write of its business and the commit has done nothing, and does it when asked again', () => {
    expect(serve('action', 'amid-business')).toBe('SIGKILL')
    expect(kept()).toEqual([])
    expect(serve('action', 'never')).toMatchObject({ case: 'executed' })
    expect(kept()).toEqual(['action'])
  })

  it('between the commit and its answer has done it, and says so when asked again', () => {
    expect(serve('action', 'after-commit')).toBe('SIGKILL')
    expect(kept()).toEqual(['action'])
    expect(serve('action', 'never')).toEqual({
      case: 'duplicate',
      outcome: 'done',
      result: { did: 'action' },
    })
    expect(kept()).toEqual(['action'])
  })

  it('before the commit of a call that is undone then has nothing to undo, and refuses the call for good', () => {
    expect(serve('action', 'amid-business')).toBe('SIGKILL')
    expect(serve('compensate', 'never')).toEqual({ case: 'empty', outcome: 'done' })
    expect(serve('action', 'never')).toMatchObject({ case: 'late', outcome: 'refused' })
    expect(kept()).toEqual([])
  })

  it('amid an undo undoes it when asked again, once', () => {
    serve('try', 'never')
    expect(serve('cancel', 'amid-business')).toBe('SIGKILL')
    expect(kept()).toEqual(['try'])
    expect(serve('cancel', 'after-commit')).toBe('SIGKILL')
    expect(serve('cancel', 'never')).toMatchObject({ case: 'duplicate', outcome: 'done' })
    expect(kept()).toEqual(['try', 'cancel'])
  })
})
