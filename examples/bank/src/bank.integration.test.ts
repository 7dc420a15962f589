import { request } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  audit,
  type BranchCall,
  callBranch,
  ledger,
  post,
  read,
  temporaryFolder,
} from '../test/bank-client.ts'
import { NO_FAULTS } from './faults.ts'
import { type RunningBank, startBank } from './start.ts'

let folder: ReturnType<typeof temporaryFolder>
let bank: RunningBank
beforeEach(async () => {
  folder = temporaryFolder()
  bank = await startBank({
    name: 'north',
    host: '127.0.0.1',
    port: 0,
    file: join(folder.path, 'north.db'),
    synchronous: 'FULL',
    demoAccounts: true,
    coordinator: undefined,
    faults: NO_FAULTS,
  })
})
afterEach(async () => {
  await bank.stop()
  folder.remove()
})

const call = (path: string, cents = 30_00, more: Partial<BranchCall> & { account?: string } = {}) =>
  callBranch(bank.url, {
    gid: 'transfer-1',
    path,
    order: { account: more.account ?? 'alice', cents },
    ...more,
  })
const account = (id = 'alice') => read(`${bank.url}/accounts/${id}`)
const OPENED = { id: 'alice', status: 'open', balance_cents: 100_00, held_cents: 0, available_cents: 100_00 }

async function mustBeSound() {
  expect(await audit(bank.url)).toMatchObject({ unbalanced: [], applied_twice: [], contradictory: [] })
}

describe('in a saga', () => {
  it('a withdrawal takes the money and answers what is left', async () => {
    expect(await call('withdraw/action')).toEqual({
      status: 200,
      case: 'executed',
      body: { account: 'alice', balance_cents: 70_00, available_cents: 70_00 },
    })
    expect(await account()).toMatchObject({ balance_cents: 70_00 })
    await mustBeSound()
  })

  it('compensating gives back what was taken, to a closed account too, and not what the call says', async () => {
    await call('withdraw/action')
    await post(`${bank.url}/accounts/alice/close`)
    expect(await call('withdraw/compensate', 99_00, { account: 'carol' })).toMatchObject({
      status: 200,
      body: { account: 'alice', balance_cents: 100_00 },
    })
    expect(await ledger(bank.url, 'transfer-1')).toMatchObject([
      { op: 'action', balance_change_cents: -30_00 },
      { op: 'compensate', balance_change_cents: 30_00 },
    ])
    await mustBeSound()
  })

  it('a deposit that is undone waits until the money is back when it was spent, and is never negative', async () => {
    await call('deposit/action')
    await call('withdraw/action', 110_00, { gid: 'spent' })
    const undo = () => call('deposit/compensate')
    expect(await undo()).toMatchObject({ status: 409, case: 'refused', body: { code: 'ALREADY_SPENT' } })
    expect(await account()).toMatchObject({ balance_cents: 20_00 })
    await call('withdraw/compensate', 110_00, { gid: 'spent' })
    expect(await undo()).toMatchObject({ status: 200, case: 'executed', body: { balance_cents: 100_00 } })
    await mustBeSound()
  })

  it.each([
    ['more than there is', 'withdraw/action', { account: 'alice' }, 100_01, 'INSUFFICIENT_FUNDS'],
    ['from an account that is not there', 'withdraw/action', { account: 'nobody' }, 1, 'UNKNOWN_ACCOUNT'],
    ['to an account that is not there', 'deposit/action', { account: 'nobody' }, 1, 'UNKNOWN_ACCOUNT'],
    ['no money', 'withdraw/action', { account: 'alice' }, 0, 'INVALID_ORDER'],
    ['a negative amount', 'withdraw/action', { account: 'alice' }, -5, 'INVALID_ORDER'],
    ['half a cent', 'deposit/action', { account: 'alice' }, 0.5, 'INVALID_ORDER'],
    ['an account without a name', 'deposit/action', { account: '' }, 5, 'INVALID_ORDER'],
  ])('%s is refused, for good', async (_what, path, more, cents, code) => {
    expect(await call(path, cents, more)).toMatchObject({ status: 409, case: 'refused', body: { code } })
    expect(await call(path, 1, { account: 'alice' })).toMatchObject({
      status: 409,
      case: 'duplicate',
      body: { code },
    })
    expect(await ledger(bank.url, 'transfer-1')).toEqual([])
  })

  it('a refusal says how much is missing', async () => {
    expect((await call('withdraw/action', 120_00)).body).toEqual({
      code: 'INSUFFICIENT_FUNDS',
      message: 'account alice has 10000 cents available, not 12000',
      details: { account: 'alice', available_cents: 100_00, needed_cents: 120_00 },
    })
  })

  it('a closed account neither pays nor takes', async () => {
    await post(`${bank.url}/accounts/alice/close`)
    for (const path of ['withdraw/action', 'deposit/action', 'withdraw/try', 'deposit/try']) {
      const answered = await call(path, 1, { gid: path.replace('/', '-') })
      expect(answered).toMatchObject({ status: 409, body: { code: 'ACCOUNT_CLOSED' } })
    }
  })
})

describe('in tcc', () => {
  it('a try sets the money aside, a confirm takes it', async () => {
    await call('withdraw/try')
    expect(await account()).toMatchObject({
      balance_cents: 100_00,
      held_cents: 30_00,
      available_cents: 70_00,
    })
    expect(await call('withdraw/try', 70_01, { gid: 'other' })).toMatchObject({
      status: 409,
      body: { code: 'INSUFFICIENT_FUNDS' },
    })
    expect(await call('withdraw/confirm')).toMatchObject({ status: 200, body: { balance_cents: 70_00 } })
    expect(await account()).toMatchObject({ balance_cents: 70_00, held_cents: 0 })
    await mustBeSound()
  })

  it('a cancel frees it, and no confirm comes after that', async () => {
    await call('withdraw/try')
    expect(await call('withdraw/cancel')).toMatchObject({ status: 200, case: 'executed' })
    expect(await call('withdraw/confirm')).toMatchObject({ status: 409, case: 'conflict' })
    expect(await account()).toEqual(OPENED)
    await mustBeSound()
  })

  it('a deposit is promised by its try, arrives at its confirm, and keeps the account open until then', async () => {
    await call('deposit/try')
    expect(await account()).toEqual(OPENED)
    expect((await post(`${bank.url}/accounts/alice/close`)).status).toBe(409)
    expect(await call('deposit/confirm')).toMatchObject({ status: 200, body: { balance_cents: 130_00 } })
    expect((await post(`${bank.url}/accounts/alice/close`)).status).toBe(200)
    await mustBeSound()
  })

  it('a cancelled deposit leaves nothing', async () => {
    await call('deposit/try')
    await call('deposit/cancel')
    expect(await account()).toEqual(OPENED)
    expect(await audit(bank.url)).toMatchObject({ holds: 0, unbalanced: [], contradictory: [] })
  })

  it('a confirm of what was never tried fails, and is no refusal', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect(await call('withdraw/confirm')).toMatchObject({ status: 500, case: null })
    expect(log.mock.calls[0]?.[1]).toMatchObject({ message: 'nothing is held for branch 01 of transfer-1' })
    log.mockRestore()
  })
})

describe('whatever the order of calls', () => {
  it('a call takes effect once when a hundred of it come at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => call('withdraw/action', 1_00)))
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body])))).toEqual(
      new Set([JSON.stringify([200, { account: 'alice', balance_cents: 99_00, available_cents: 99_00 }])]),
    )
    expect(answers.filter((answer) => answer.case === 'executed')).toHaveLength(1)
    expect(await ledger(bank.url, 'transfer-1')).toHaveLength(1)
  })

  it.each([
    ['withdraw/action', 'withdraw/compensate'],
    ['deposit/action', 'deposit/compensate'],
    ['withdraw/try', 'withdraw/cancel'],
    ['deposit/try', 'deposit/cancel'],
  ])('%s does nothing once %s has come before it', async (origin, undo) => {
    expect(await call(undo)).toEqual({ status: 200, case: 'empty', body: undefined })
    expect(await call(origin)).toMatchObject({ status: 409, case: 'late' })
    expect(await call(undo)).toMatchObject({ status: 200, case: 'duplicate' })
    expect(await account()).toEqual(OPENED)
    expect(await ledger(bank.url, 'transfer-1')).toEqual([])
  })

  it('two transfers never spend the same money', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, number) => call('withdraw/action', 3_00, { gid: `transfer-${number}` })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(33)
    expect(await account()).toMatchObject({ balance_cents: 1_00 })
    await mustBeSound()
  })

  it('a call that went to another address does nothing', async () => {
    const response = await fetch(`${bank.url}/withdraw/compensate`, {
      method: 'POST',
      headers: { 'assent-gid': 'a', 'assent-branch-id': 'b', 'assent-op': 'action' },
      body: '{"account":"alice","cents":100}',
    })
    expect(response.status).toBe(400)
    expect((await post(`${bank.url}/withdraw/action`, { account: 'alice', cents: 1 })).status).toBe(400)
    expect((await post(`${bank.url}/withdraw`, {})).status).toBe(404)
    expect(await account()).toEqual(OPENED)
  })
})

describe('the desk', () => {
  it('opens accounts, lists them by page, and shows one', async () => {
    const opened = await post(`${bank.url}/accounts`, { id: 'erin', cents: 7 })
    expect([opened.status, await opened.json()]).toEqual([
      201,
      { id: 'erin', status: 'open', balance_cents: 7, held_cents: 0, available_cents: 7 },
    ])
    expect(await read(`${bank.url}/accounts?after=alice&limit=2`)).toMatchObject([
      { id: 'carol' },
      { id: 'erin' },
    ])
    expect(await account('erin')).toMatchObject({ balance_cents: 7 })
    await mustBeSound()
  })

  it.each([
    ['an account that exists', '/accounts', { id: 'alice', cents: 1 }, 409, 'ACCOUNT_EXISTS'],
    ['an account without money to say', '/accounts', { id: 'erin' }, 400, 'INVALID_ORDER'],
    ['an account by a number', '/accounts', { id: 7, cents: 1 }, 400, 'INVALID_ORDER'],
    ['a list', '/accounts', [], 400, 'INVALID_ORDER'],
    ['an account to close that is not there', '/accounts/erin/close', {}, 404, 'UNKNOWN_ACCOUNT'],
    ['somewhere else', '/somewhere', {}, 404, 'UNKNOWN_ROUTE'],
  ])('refuses %s', async (_what, path, body, status, code) => {
    const response = await post(`${bank.url}${path}`, body)
    expect([response.status, await response.json()]).toEqual([status, expect.objectContaining({ code })])
  })

  it('refuses a body that is no JSON, a limit that is no number, an account that is not there', async () => {
    const broken = await fetch(`${bank.url}/accounts`, { method: 'POST', body: '{' })
    expect(broken.status).toBe(400)
    expect((await fetch(`${bank.url}/accounts?limit=many`)).status).toBe(400)
    expect((await fetch(`${bank.url}/accounts/nobody`)).status).toBe(404)
  })

  it.each(['//', '*', 'http://[', '/%', '/accounts/%00', '/accounts//close'])(
    'lives on when it is asked for %j',
    async (path) => {
      const { hostname, port } = new URL(bank.url)
      const status = await new Promise((resolve, reject) => {
        request({ host: hostname, port, path, method: 'OPTIONS' }, (response) => {
          resolve(response.resume().statusCode)
        })
          .on('error', reject)
          .end()
      })
      expect(status).toBe(404)
      expect(await account()).toEqual(OPENED)
    },
  )

  it('shows the ledger by page', async () => {
    await call('withdraw/action')
    const [first, second, third] = await read<{ id: number; op: string }[]>(`${bank.url}/ledger`)
    expect([first?.op, second?.op, third?.op]).toEqual(['open', 'open', 'action'])
    expect(await read(`${bank.url}/ledger?after=${first?.id}&limit=1`)).toEqual([second])
  })
})

describe('an audit', () => {
  const tamper = (sql: string) => {
    const database = new DatabaseSync(bank.file)
    database.exec(sql)
    database.close()
  }

  it('sees a call that was applied twice', async () => {
    await call('withdraw/action')
    tamper(`INSERT INTO ledger SELECT NULL, at, account, gid, branch_id, op, balance_change_cents, held_change_cents
            FROM ledger WHERE gid IS NOT NULL`)
    expect(await audit(bank.url)).toMatchObject({
      applied_twice: [{ gid: 'transfer-1', branch_id: '01', op: 'action', lines: 2 }],
      unbalanced: ['alice'],
    })
  })

  it('sees money that came from nowhere', async () => {
    tamper("UPDATE accounts SET balance_cents = balance_cents + 1 WHERE id = 'carol'")
    expect(await audit(bank.url)).toMatchObject({
      unbalanced: ['carol'],
      balance_cents: 120_01,
      opened_cents: 120_00,
    })
  })

  it('sees an undo of what was not done', async () => {
    await call('withdraw/action')
    await call('withdraw/compensate')
    tamper("DELETE FROM ledger WHERE op = 'action'")
    expect(await audit(bank.url)).toMatchObject({
      contradictory: [{ gid: 'transfer-1', branch_id: '01', ops: 'compensate' }],
    })
  })
})

describe('a bank that is started again', () => {
  it('has the same accounts, gives nobody the first money twice, and still knows every call', async () => {
    await call('withdraw/action', 100_00)
    const { url, file } = bank
    await bank.stop()
    bank = await startBank({
      name: 'north',
      host: '127.0.0.1',
      port: Number(new URL(url).port),
      file,
      synchronous: 'FULL',
      demoAccounts: true,
      coordinator: undefined,
      faults: NO_FAULTS,
    })
    expect(await account()).toMatchObject({ balance_cents: 0 })
    expect(await call('withdraw/action', 100_00)).toMatchObject({ status: 200, case: 'duplicate' })
    expect(await call('withdraw/compensate')).toMatchObject({ status: 200, body: { balance_cents: 100_00 } })
  })
})
