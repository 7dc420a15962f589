import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { BranchRequest, RunRequest } from '@assent/contract'
import type { CallAnswer, OpenTransaction, Transport } from '@assent/engine'
import { memory } from '@assent/store/memory'
import { sqlite } from '@assent/store/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Coordinator, createCoordinator } from '../coordinator.ts'
import type { CoordinatorSettings } from '../settings.ts'

const SOON_MS = 10_000
/** So long that a test would fail if it had to wait for it. */
const NEVER_MS = 3_600_000

let directory: string
let application: DatabaseSync
let coordinator: Coordinator
let calls: string[]
let accepted: string[]
let refusing: Set<string>

const transport: Transport = {
  schemes: ['test:'],
  async call({ branchId, op }): Promise<CallAnswer> {
    calls.push(`${branchId} ${op}`)
    const outcome = refusing.has(`${branchId} ${op}`) ? 'refused' : 'done'
    return { kind: 'answered', outcome }
  },
  close: async () => {},
}

async function open(settings: Partial<CoordinatorSettings> = {}): Promise<void> {
  coordinator = createCoordinator({
    store: sqlite({ directory }),
    transports: [transport],
    observer: { observe: (seen) => void (seen.kind === 'accepted' && accepted.push(seen.gid)) },
    settings: { claimIntervalMs: NEVER_MS, ...settings },
  })
  await coordinator.open()
  application = new DatabaseSync(join(directory, 'assent.db'), { timeout: SOON_MS })
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'assent-within-'))
  calls = []
  accepted = []
  refusing = new Set()
})
afterEach(async () => {
  if (application.isOpen) application.close()
  await coordinator.close()
  rmSync(directory, { recursive: true })
})

const within = (): OpenTransaction => ({
  dialect: 'sqlite',
  run: async ({ sql, values }) => ({ rows: application.prepare(sql).all(...values) }),
})

const step = (branchId: string, after?: string[]): BranchRequest => ({
  branchId,
  action: 'test:',
  compensate: 'test:',
  ...(after && { after }),
})
const order = (more: Partial<RunRequest> = {}): RunRequest => ({
  gid: 'order-17',
  branches: [step('stock'), step('charge', ['stock'])],
  ...more,
})
const ended = async (gid = 'order-17') => {
  for (const endsAt = Date.now() + SOON_MS; Date.now() < endsAt; ) {
    const view = await coordinator.get({ gid }).catch(() => undefined)
    if (view?.status === 'COMMITTED' || view?.status === 'ABORTED') return view
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`${gid} did not end`)
}
const missing = { code: 'TRANSACTION_NOT_FOUND' }
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a transaction that is started within the application’s own', () => {
  it('is driven soon after that one commits, and nothing is known of it before', async () => {
    await open()
    application.exec('BEGIN IMMEDIATE')
    expect(await coordinator.startWithin(order(), within())).toEqual({
      gid: 'order-17',
      status: 'SUBMITTED',
      repeated: false,
    })
    await expect(coordinator.get({ gid: 'order-17' })).rejects.toMatchObject(missing)
    expect([...calls, ...accepted]).toEqual([])
    application.exec('COMMIT')
    expect(await ended()).toMatchObject({ status: 'COMMITTED' })
    expect(calls).toEqual(['stock action', 'charge action'])
    expect(accepted).toEqual(['order-17'])
  })

  it('never was where that one rolls back, and its gid is free', async () => {
    await open({ claimIntervalMs: 10 })
    application.exec('BEGIN')
    await coordinator.startWithin(order(), within())
    application.exec('ROLLBACK')
    await pause(50)
    await expect(coordinator.get({ gid: 'order-17' })).rejects.toMatchObject(missing)
    expect(await coordinator.run({ ...order({ payload: 'other' }), waitMs: SOON_MS })).toMatchObject({
      status: 'COMMITTED',
      repeated: false,
    })
  })

  it('has all its time though that one took longer', async () => {
    await open({ claimIntervalMs: 10 })
    application.exec('BEGIN')
    const timeoutToFailMs = 1_000
    await coordinator.startWithin(order({ options: { timeoutToFailMs } }), within())
    await pause(timeoutToFailMs + 100)
    application.exec('COMMIT')
    expect(await ended()).toMatchObject({ status: 'COMMITTED' })
  })

  it('is driven by the next incarnation where the lease ended meanwhile', async () => {
    await open({ leaseMs: 1_000, claimIntervalMs: 10 })
    const { incarnation } = coordinator.state()
    application.exec('BEGIN IMMEDIATE')
    await coordinator.startWithin(order(), within())
    // No heartbeat comes through while the application holds the file.
    while (coordinator.state().incarnation === incarnation) await pause(5)
    application.exec('COMMIT')
    expect(await ended()).toMatchObject({ status: 'COMMITTED' })
    expect(calls).toEqual(['stock action', 'charge action'])
  })

  it('undoes what it has called when a step refuses, and nothing that it never called', async () => {
    await open()
    refusing.add('charge action')
    application.exec('BEGIN')
    await coordinator.startWithin(
      order({ branches: [step('stock'), step('charge', ['stock']), step('ship', ['charge'])] }),
      within(),
    )
    application.exec('COMMIT')
    expect(await ended()).toMatchObject({ status: 'ABORTED', failedBranch: 'charge' })
    expect(calls).toEqual(['stock action', 'charge action', 'stock compensate'])
  })
})

describe('a gid that is known', () => {
  it('with the same content is the same transaction, however each was started', async () => {
    await open()
    await coordinator.run({ ...order(), waitMs: SOON_MS })
    application.exec('BEGIN')
    const repeated = { gid: 'order-17', status: 'COMMITTED', repeated: true }
    expect(await coordinator.startWithin(order(), within())).toEqual(repeated)
    const first = order({ gid: 'order-18' })
    expect(await coordinator.startWithin(first, within())).toMatchObject({ repeated: false })
    expect(await coordinator.startWithin(first, within())).toMatchObject({ repeated: true })
    application.exec('COMMIT')
    expect(await coordinator.run(first)).toMatchObject({ repeated: true })
    expect(await ended('order-18')).toMatchObject({ status: 'COMMITTED' })
  })

  it('with other content is a conflict, with nothing written and the application free to go on', async () => {
    await open()
    await coordinator.run({ ...order(), waitMs: SOON_MS })
    application.exec('BEGIN')
    const other = order({ payload: 'other' })
    await expect(coordinator.startWithin(other, within())).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await coordinator.startWithin(order({ gid: 'order-18' }), within())).toMatchObject({
      repeated: false,
    })
    application.exec('COMMIT')
    expect(await ended('order-18')).toMatchObject({ status: 'COMMITTED' })
    expect(await coordinator.get({ gid: 'order-17' })).not.toHaveProperty('payload')
  })
})

describe('starting within a transaction', () => {
  it('is refused by a store that no application can have a transaction in', async () => {
    await open()
    await using elsewhere = Object.assign(createCoordinator({ store: memory(), transports: [transport] }), {
      [Symbol.asyncDispose]: async () => elsewhere.close(),
    })
    await elsewhere.open()
    const refused = elsewhere.startWithin(order(), within())
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_REQUEST', details: [{ path: 'within' }] })
  })

  it('is refused for what `run` refuses, before anything is written', async () => {
    await open()
    application.exec('BEGIN')
    const wrong = order({ branches: [step('stock'), step('stock')] })
    await expect(coordinator.startWithin(wrong, within())).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    application.exec('COMMIT')
    await expect(coordinator.get({ gid: 'order-17' })).rejects.toMatchObject(missing)
  })
})
