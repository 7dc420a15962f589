import { type ChildProcess, fork } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { audit, callBranch, ledger, post, read, temporaryFolder } from '../test/bank-client.ts'
import { seededChance } from './faults.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

let folder: ReturnType<typeof temporaryFolder>
const started: ChildProcess[] = []
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(async () => {
  for (const child of started.splice(0)) await killed(child)
  folder.remove()
})

/** Runs `main.ts`, and waits until all of its banks listen. */
async function run(banks: readonly string[], flags: readonly string[]) {
  const child = fork(MAIN, [...banks, '--data-dir', folder.path, ...flags], { silent: true })
  started.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text))
  const urls = new Map<string, string>()
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`ended early: ${output}`)))
    child.on('message', ({ bank, url }: { bank: string; url: string }) => {
      urls.set(bank, url)
      if (urls.size === banks.length) resolve()
    })
  })
  return { child, urls, url: urls.get(banks[0] ?? '') ?? '', output: () => output }
}

function ended(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode !== null || child.signalCode !== null)
    return Promise.resolve(child.exitCode ?? child.signalCode)
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)))
}

function killed(child: ChildProcess) {
  const end = ended(child)
  child.kill('SIGKILL')
  return end
}

async function listening(): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

const isAnswering = (url: string) =>
  read(`${url}/health`).then(
    () => true,
    () => false,
  )

const ANY_PORTS = ['--north-port', '0', '--south-port', '0']

describe('the banks', () => {
  it('are two processes with a database each, and stop together on one signal', async () => {
    const { child, urls, output } = await run(['north', 'south'], ANY_PORTS)
    const [north = '', south = ''] = [urls.get('north'), urls.get('south')]
    expect(await read(`${north}/accounts`)).toMatchObject([{ id: 'alice' }, { id: 'carol' }])
    expect(await read(`${south}/accounts`)).toMatchObject([{ id: 'bob' }, { id: 'dave', status: 'closed' }])
    expect(output()).toContain(`bank north listens on ${north}, its accounts are in ${folder.path}`)
    child.kill('SIGTERM')
    expect(await ended(child)).toBe(0)
    expect([await isAnswering(north), await isAnswering(south)]).toEqual([false, false])
  })

  it('end with the process that started them, even when that was killed', async () => {
    const { child, urls } = await run(['north', 'south'], ANY_PORTS)
    await killed(child)
    for (const url of urls.values()) {
      await expect.poll(() => isAnswering(url), { timeout: 5_000 }).toBe(false)
    }
  })

  it('take the next free port when theirs is taken, and say so in one line', async () => {
    const other = await listening()
    try {
      const { port } = other.address() as AddressInfo
      const { url, output } = await run(['north'], ['--north-port', `${port}`])
      expect(Number(new URL(url).port)).toBeGreaterThan(port)
      await expect.poll(output).toContain(`(port ${port} is taken)`)
      expect(output().trim().split('\n')).toHaveLength(1)
    } finally {
      other.close()
    }
  })

  it('say what is wrong with a setting, and end', async () => {
    await expect(run(['north'], ['--north-port', 'seven'])).rejects.toThrow('north-port must be a number')
    await expect(run(['north', 'south'], ['--refuse', '7'])).rejects.toThrow('refuse must be a number')
  })
})

describe('a bank that can not open its file', () => {
  it('ends, and says why', async () => {
    const notAFolder = join(folder.path, 'file')
    await writeFile(notAFolder, '')
    await expect(run(['north', 'south'], [...ANY_PORTS, '--data-dir', notAFolder])).rejects.toThrow(
      notAFolder,
    )
  })
})

describe('a bank that is killed', () => {
  const KILLS = 6
  const CALLS = 60
  const CENTS = 1_00

  /** Asks for every transfer, each again and again until it is answered or the bank is gone. */
  async function transferAll(url: string, round: number): Promise<string[]> {
    const gids = Array.from({ length: CALLS }, (_, number) => `round-${round}-${number}`)
    const answered = await Promise.all(
      gids.map((gid) =>
        callBranch(url, { gid, path: 'deposit/action', order: { account: 'rich', cents: CENTS } }).then(
          ({ status }) => (status === 200 ? [gid] : []),
          () => [],
        ),
      ),
    )
    return answered.flat()
  }

  it('amid its work keeps what it answered, and does the rest once when asked again', async () => {
    const chance = seededChance(11)
    let bank = await run(['north'], ANY_PORTS)
    await post(`${bank.url}/accounts`, { id: 'rich', cents: 0 })
    let interrupted = 0
    for (let round = 0; round < KILLS; round += 1) {
      const answering = transferAll(bank.url, round)
      await new Promise((resolve) => setTimeout(resolve, chance() * 30))
      await killed(bank.child)
      const answered = await answering
      if (answered.length < CALLS) interrupted += 1
      bank = await run(['north'], ANY_PORTS)
      for (const gid of answered) expect(await ledger(bank.url, gid)).toHaveLength(1)
      expect(await transferAll(bank.url, round)).toHaveLength(CALLS)
    }
    expect(interrupted, 'a kill that comes too late tries nothing').toBeGreaterThan(0)
    expect(await read(`${bank.url}/accounts/rich`)).toMatchObject({ balance_cents: KILLS * CALLS * CENTS })
    expect(await audit(bank.url)).toMatchObject({ unbalanced: [], applied_twice: [], contradictory: [] })
  })
})

describe('a bank with faults', () => {
  it('that answers 500 after the fact has done it, and says so when asked again', async () => {
    const { url } = await run(['north'], [...ANY_PORTS, '--fail-after', '1'])
    const call = { gid: 'a', path: 'withdraw/action', order: { account: 'alice', cents: 1_00 } }
    expect(await callBranch(url, call)).toMatchObject({ status: 500 })
    expect(await read(`${url}/accounts/alice`)).toMatchObject({ balance_cents: 99_00 })
    await callBranch(url, call)
    expect(await ledger(url, 'a')).toHaveLength(1)
  })

  it('that takes longer than its caller waits finds the undo before it, and does nothing', async () => {
    // Two processes of one bank, so that the undo isn't delayed as well.
    const prompt = await run(['north'], ANY_PORTS)
    const slow = await run(['north'], [...ANY_PORTS, '--delay-before', '1', '--delay-ms', '500'])
    const order = { account: 'alice', cents: 1_00 }
    const impatient = fetch(`${slow.url}/withdraw/action`, {
      method: 'POST',
      headers: { 'assent-gid': 'a', 'assent-branch-id': '01', 'assent-op': 'action' },
      body: JSON.stringify(order),
      signal: AbortSignal.timeout(50),
    })
    await expect(impatient).rejects.toThrow('timeout')
    const undone = await callBranch(prompt.url, { gid: 'a', path: 'withdraw/compensate', order })
    expect(undone).toMatchObject({ case: 'empty' })
    // Comes later and waits as long, so that the impatient caller's call has run when it is answered.
    const later = await callBranch(slow.url, { gid: 'b', path: 'withdraw/action', order })
    expect(later).toMatchObject({ case: 'executed', body: { balance_cents: 99_00 } })
    expect(await ledger(prompt.url, 'a')).toEqual([])
  })
})
