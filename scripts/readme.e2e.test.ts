import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ROOT } from './command.ts'
import { atPorts, readmeCommands } from './readme-commands.ts'
import { copyPrinted, readmePrograms } from './readme-programs.ts'
import { freePorts, type RunningStart, runStart } from './running-start.ts'

const { blocks, inline } = readmeCommands()
const [first = '', second = '', third = ''] = blocks.filter((block) => block.startsWith('curl'))
const readAccounts = inline.find((command) => command.startsWith('curl')) ?? ''
const readTimeline = inline.find((command) => command.startsWith('npm run assent')) ?? ''

const WITHIN = { timeout: 20_000, interval: 50 }

let folder: string
let ports: number[] = []
let running: RunningStart | undefined

/** Starts a server and both banks on free ports, and waits until all of them listen. */
async function start(environment: Record<string, string> = {}): Promise<RunningStart> {
  const [server, north, south] = ports
  running = runStart(['--data-dir', folder, '--http-port', String(server)], {
    BANK_NORTH_PORT: String(north),
    BANK_SOUTH_PORT: String(south),
    ...environment,
  })
  await running.said(`listening on http://127.0.0.1:${server}`)
  await running.said('bank north listens on')
  await running.said('bank south listens on')
  return running
}

async function openFolder(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'assent-readme-'))
  ports = await freePorts(3)
}

async function closeFolder(): Promise<void> {
  await running?.end('SIGTERM')
  running = undefined
  rmSync(folder, { recursive: true })
}

/** Runs a command of the README as its reader would, but for the ports. */
async function sh(command: string): Promise<string> {
  const env = { ...process.env, ASSENT_URL: `http://127.0.0.1:${ports[0]}` }
  const { stdout } = await promisify(execFile)('bash', ['-c', atPorts(command, ports)], { cwd: ROOT, env })
  return stdout
}

async function json(command: string): Promise<unknown> {
  return JSON.parse(await sh(command))
}

/** What the README's own command shows of the money, by account. */
async function balances(): Promise<Record<string, number>> {
  const shown = (await sh(readAccounts)).trim().split('\n')
  const accounts = shown.flatMap((line) => JSON.parse(line) as { id: string; balance_cents: number }[])
  return Object.fromEntries(accounts.map(({ id, balance_cents }) => [id, balance_cents]))
}

const health = async () => (await fetch(`http://127.0.0.1:${ports[0]}/health`)).status

describe("the README's first minute", () => {
  beforeAll(async () => {
    await openFolder()
    await start()
  })
  afterAll(closeFolder)

  it('begins with npm start, and has three commands to copy', () => {
    expect(blocks[0]).toBe('npm start\n')
    expect(blocks.filter((block) => block.startsWith('curl'))).toHaveLength(3)
  })

  it('moves 30.00 from Alice to Bob, and answers COMMITTED with both results', async () => {
    expect(await balances()).toEqual({ alice: 100_00, carol: 20_00, bob: 50_00, dave: 0 })
    expect(await json(first)).toMatchObject({
      gid: 'first',
      status: 'COMMITTED',
      results: { take: { balance_cents: 70_00 }, give: { balance_cents: 80_00 } },
    })
    expect(await balances()).toEqual({ alice: 70_00, carol: 20_00, bob: 80_00, dave: 0 })
  })

  it('moves nothing when the same is sent again', async () => {
    expect(await json(first)).toMatchObject({ gid: 'first', status: 'COMMITTED' })
    expect(await balances()).toMatchObject({ alice: 70_00, bob: 80_00 })
  })

  it('gives back what was taken when Dave is refused, and names the branch and why', async () => {
    expect(await json(second)).toMatchObject({
      gid: 'second',
      status: 'ABORTED',
      failed_branch: 'give',
      refusal: { code: 'ACCOUNT_CLOSED', message: 'account dave is closed' },
    })
    expect(await balances()).toEqual({ alice: 70_00, carol: 20_00, bob: 80_00, dave: 0 })
  })

  it('shows what happened call by call', async () => {
    const done = (op: string) => expect.objectContaining({ op, outcome: 'done', status: 200 })
    expect(await json(third)).toMatchObject([
      {
        gid: 'second',
        status: 'ABORTED',
        branches: [
          { branch_id: 'take', status: 'COMPENSATED', attempts: [done('action'), done('compensate')] },
          { branch_id: 'give', attempts: [{ op: 'action', outcome: 'refused', status: 409 }] },
        ],
      },
      {
        gid: 'first',
        status: 'COMMITTED',
        branches: [
          { branch_id: 'take', attempts: [done('action')] },
          { branch_id: 'give', attempts: [done('action')] },
        ],
      },
    ])
  })

  it('shows the same for people to read, and a list', async () => {
    const timeline = await sh(readTimeline)
    expect(timeline).toMatch(/^second {2}ABORTED$/m)
    expect(timeline).toMatch(/take +action +done[\s\S]*give +action +refused[\s\S]*take +compensate +done/)
    const list = await sh('npm run assent -- tx list')
    expect(list).toMatch(/^second +ABORTED/m)
    expect(list).toMatch(/^first +COMMITTED/m)
  })

  it('goes on when a bank is killed, and stops wholly when it is told to', async () => {
    process.kill(running?.pidOf('main.ts north') ?? 0, 'SIGKILL')
    await running?.said('bank north has ended (SIGKILL)')
    expect(await health()).toBe(200)
    expect(await running?.end('SIGTERM')).toBe(0)
    expect(await running?.left()).toEqual([])
    running = undefined
  })
})

describe("the README's typed example", () => {
  let environment: NodeJS.ProcessEnv
  beforeAll(async () => {
    await openFolder()
    const [payments, orders] = (await freePorts(5)).slice(3)
    environment = {
      ...process.env,
      ASSENT_URL: `http://127.0.0.1:${ports[0]}`,
      PAYMENTS_URL: `http://127.0.0.1:${payments}`,
      ORDERS_URL: `http://127.0.0.1:${orders}`,
    }
    copyPrinted('examples/order', folder)
  })
  afterAll(closeFolder)

  /** Runs a program as it is printed, and answers what it prints. */
  async function printed(name: string, ...args: string[]): Promise<string> {
    const program = join(folder, `examples/order/src/${name}.ts`)
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
      cwd: folder,
      env: environment,
    })
    return stdout
  }

  it('is the example that stands in the repository, file by file', () => {
    const programs = [...readmePrograms()]
    expect(programs.map(([path]) => path.split('/').at(-1))).toEqual(['order.ts', 'embedded.ts', 'served.ts'])
    for (const [path, text] of programs) expect(text).toBe(readFileSync(join(ROOT, path), 'utf8'))
  })

  it('is run by the commands that stand below it', async () => {
    const commands = blocks.find((block) => block.includes('npm run example')) ?? ''
    const named = [...commands.matchAll(/npm run example (\S+) (\S+)/g)].map(([, ...words]) =>
      words.join(' '),
    )
    expect(named).toEqual(['order embedded', 'order served'])
    await expect(sh('npm run example no-such-thing')).rejects.toThrow('order')
    expect(await sh('npm run example booking')).toContain('ada   seat 1A')
  })

  it('runs embedded as printed, and nothing twice', async () => {
    expect(await printed('embedded')).toBe('parcel 1\n')
    expect(await printed('embedded')).toBe('parcel 1\n')
  })

  it('runs as printed against the server of npm start', async () => {
    await start()
    expect(await printed('served')).toBe('parcel 2\n')
  })

  it('is refused where the README says so', async () => {
    expect(await printed('embedded', '19', '200')).toBe('reserve OUT_OF_STOCK\n')
    expect(await printed('embedded', '20', '30')).toBe('charge CARD_DECLINED\n')
  })
})

describe('npm start', () => {
  let other: Server | undefined
  beforeEach(openFolder)
  afterEach(async () => {
    await closeFolder()
    other?.close()
    other = undefined
  })

  it('says when a port of a bank is taken, and goes on with the next free one', async () => {
    other = createServer()
    const north = ports[1] ?? 0
    await new Promise<void>((resolve) => other?.listen(north, '127.0.0.1', resolve))
    const { output, end, left } = await start()
    expect(output()).toMatch(new RegExp(`bank north listens on \\S+:\\d+ \\(port ${north} is taken\\)`))
    expect(await health()).toBe(200)
    expect(await end('SIGINT')).toBe(0)
    expect(await left()).toEqual([])
  })

  it('finishes a transfer in whose middle the server was killed', async () => {
    const slow = await start({ BANK_DELAY_BEFORE: '1', BANK_DELAY_MS: '1500' })
    const answer = sh(first).catch(() => 'no answer')
    await expect.poll(async () => statusOf('first'), WITHIN).toBe('SUBMITTED')
    await sleep(200)
    process.kill(slow.pidOf('main.ts start'), 'SIGKILL')
    expect(await answer).toBe('no answer')
    expect(await slow.left()).toEqual([])
    await start()
    await expect.poll(async () => statusOf('first'), WITHIN).toBe('COMMITTED')
    expect(await balances()).toMatchObject({ alice: 70_00, bob: 80_00 })
  })

  async function statusOf(gid: string): Promise<string | undefined> {
    const response = await fetch(`http://127.0.0.1:${ports[0]}/api/tx/${gid}`)
    return ((await response.json()) as { status?: string }).status
  }
})
