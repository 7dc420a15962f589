import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BranchRequest } from '@assent/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BankSays } from '../../test/xa/bank.ts'
import type { CoordinatorSays } from '../../test/xa/coordinator.ts'
import { XA_MARIADB, XA_PG, type XaLibrary } from '../../test/xa/libraries.ts'
import { ALL_MOMENTS } from '../../test/xa/moments.ts'
import { startXaService, type XaOperation, type XaService } from '../../test/xa/service.ts'

const BANK = fileURLToPath(new URL('../../test/xa/bank.ts', import.meta.url))
const COORDINATOR = fileURLToPath(new URL('../../test/xa/coordinator.ts', import.meta.url))
const ENDED_BY_MS = 20_000
/** The bank's limit is 1,000. */
const TOO_MUCH = 5_000

/** One process after another in the same place. */
class Killable {
  readonly #start: () => ChildProcess
  child: ChildProcess

  constructor(start: () => ChildProcess) {
    this.#start = start
    this.child = start()
  }

  restart(): void {
    this.child = this.#start()
  }

  async kill(): Promise<void> {
    const gone = this.#gone()
    this.child.kill('SIGKILL')
    await gone
  }

  #gone(): Promise<unknown> {
    return this.child.exitCode === null && this.child.signalCode === null
      ? once(this.child, 'exit')
      : Promise.resolve()
  }

  /** Rejects when it ends without a word. */
  says<Says>(): Promise<Says> {
    const { child } = this
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('a process ended before it said anything'))
      child.once('exit', ended)
      child.once('message', (message) => {
        child.off('exit', ended)
        resolve(message as Says)
      })
    })
  }

  async died(): Promise<unknown> {
    await this.#gone()
    return this.child.signalCode
  }
}

class Bank {
  readonly service: XaService<unknown>
  readonly process: Killable
  port = 0

  constructor(library: XaLibrary<unknown>, service: XaService<unknown>) {
    this.service = service
    this.process = new Killable(() =>
      fork(BANK, [library.name, service.database.url, String(this.port)], { execArgv: [] }),
    )
  }

  async listening(): Promise<void> {
    const said = await this.process.says<BankSays>()
    if ('port' in said) this.port = said.port
  }

  async arm(op: XaOperation, moment: string, how: 'die' | 'tell'): Promise<void> {
    const armed = this.process.says()
    this.process.child.send({ arm: { op, moment, how } })
    await armed
  }

  branch(branchId: string, cents: number): BranchRequest {
    const url = `http://127.0.0.1:${this.port}/`
    return { branchId, action: url, commit: url, rollback: url, payload: cents }
  }

  async cents(): Promise<number> {
    return Number((await this.service.database.run('SELECT cents FROM accounts'))[0]?.cents)
  }
}

const folder = mkdtempSync(join(tmpdir(), 'assent-xa-'))
let coordinator: Killable
const banks = new Map<string, Bank>()
let turns = 0

async function openBank(library: XaLibrary<unknown>): Promise<Bank> {
  const service = await startXaService(library)
  await service.database.run('CREATE TABLE accounts (cents integer)', 'INSERT INTO accounts VALUES (0)')
  const bank = new Bank(library, service)
  await bank.listening()
  return bank
}

beforeAll(async () => {
  coordinator = new Killable(() => fork(COORDINATOR, [folder], { execArgv: [] }))
  await coordinator.says()
  banks.set('postgres', await openBank(XA_PG as XaLibrary<unknown>))
  banks.set('mariadb', await openBank(XA_MARIADB as XaLibrary<unknown>))
})
afterAll(async () => {
  await coordinator.kill()
  for (const bank of banks.values()) {
    await bank.process.kill()
    await bank.service.close()
  }
  rmSync(folder, { recursive: true })
})

async function ask(asked: unknown): Promise<string> {
  const answer = coordinator.says<CoordinatorSays>()
  coordinator.child.send(asked as never)
  const said = await answer
  return 'status' in said ? said.status : ''
}

/** Money that goes from one bank to the other; refused there, where it is to be rolled back. */
async function begin(at: Bank, other: Bank, isRefused: boolean): Promise<string> {
  turns += 1
  const gid = `transfer-${turns}`
  const there = { ...other.branch('there', isRefused ? TOO_MUCH : 1), after: ['here'] }
  const options = { retryIntervalMs: 50, retryMaxIntervalMs: 200 }
  await ask({ run: { gid, mode: 'xa', branches: [at.branch('here', -1), there], options } })
  return gid
}

async function mustBeSettled(gid: string, at: Bank, other: Bank, before: number[], status: string) {
  await expect.poll(() => ask({ get: gid }), { timeout: ENDED_BY_MS }).toBe(status)
  for (const { service } of [at, other]) {
    expect(await service.prepared()).toBe(0)
    expect(await service.registrations()).toBe(0)
  }
  const [here = 0, there = 0] = before
  const moved = status === 'COMMITTED' ? 1 : 0
  expect([await at.cents(), await other.cents()]).toEqual([here - moved, there + moved])
}

describe.each(['postgres', 'mariadb'] as const)('money that leaves a bank on %s', (name) => {
  const sides = () => {
    const there = [...banks.values()].sort((one) => (one === banks.get(name) ? -1 : 1))
    return there as [Bank, Bank]
  }
  const statusBehind = (op: XaOperation) => (op === 'rollback' ? 'ABORTED' : 'COMMITTED')

  it.each(ALL_MOMENTS)('arrives or stays when that bank is killed at %s: %s', async (op, moment) => {
    const [at, other] = sides()
    const before = [await at.cents(), await other.cents()]
    await at.arm(op, moment, 'die')
    const gid = await begin(at, other, op === 'rollback')
    expect(await at.process.died()).toBe('SIGKILL')
    at.process.restart()
    await at.listening()
    await mustBeSettled(gid, at, other, before, statusBehind(op))
  })

  it.each(ALL_MOMENTS)('arrives or stays when the coordinator is killed at %s: %s', async (op, moment) => {
    const [at, other] = sides()
    const before = [await at.cents(), await other.cents()]
    await at.arm(op, moment, 'tell')
    const reached = at.process.says()
    const gid = await begin(at, other, op === 'rollback')
    await reached
    await coordinator.kill()
    coordinator.restart()
    await coordinator.says()
    at.process.child.send({ goOn: true })
    await mustBeSettled(gid, at, other, before, statusBehind(op))
  })
})
