import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { readConfiguration, type Server, serve } from 'assent/server'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { LAMPS, lookInto } from '../test/shop.ts'

const POLL_MS = 5

let server: Server
beforeAll(async () => {
  const environment = {
    ASSENT_HTTP_PORT: '0',
    ASSENT_STORE: 'memory',
    ASSENT_LOG_LEVEL: 'silent',
    ASSENT_AUDIT: 'false',
  }
  server = await serve(readConfiguration({ environment, folder: tmpdir() }))
})
afterAll(() => server.close())

let folder: string
let environment: NodeJS.ProcessEnv
let started: ChildProcess | undefined
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assent-order-'))
  environment = {
    ...process.env,
    ASSENT_URL: server.url,
    PAYMENTS_URL: `http://127.0.0.1:${await freePort()}`,
    ORDERS_URL: `http://127.0.0.1:${await freePort()}`,
  }
})
afterEach(() => {
  started?.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  await promisify(listener.close.bind(listener))()
  return port
}

const program = (name: string) => join(import.meta.dirname, `${name}.ts`)

/** What the program prints. */
async function order(name: string, ...args: string[]): Promise<string> {
  const options = { cwd: folder, env: environment }
  const { stdout } = await promisify(execFile)(process.execPath, [program(name), ...args], options)
  return stdout
}

function shelves(): { lamps: number; parcels: number } {
  const shop = lookInto(join(folder, 'data/shop'))
  const seen = { lamps: shop.lamps(), parcels: shop.parcels() }
  shop.close()
  return seen
}

it.each(['embedded', 'served'])('an order is sent, or refused and undone: %s', async (name) => {
  expect(await order(name)).toBe('parcel 1\n')
  expect(await order(name, 'too-dear', '30')).toBe('charge CARD_DECLINED\n')
  expect(await order(name, 'too-many', '200')).toBe('reserve OUT_OF_STOCK\n')
  expect(shelves()).toEqual({ lamps: LAMPS - 2, parcels: 1 })
})

it('an order whose process is killed goes on when it is run again', async () => {
  started = spawn(process.execPath, [program('embedded')], { cwd: folder, env: environment })
  const exited = once(started, 'exit')
  const assent = join(folder, 'data/shop/assent.db')
  while (!existsSync(assent) && started.exitCode === null) await sleep(POLL_MS)
  started.kill('SIGKILL')
  await exited
  expect(await order('embedded')).toBe('parcel 1\n')
  expect(shelves()).toEqual({ lamps: LAMPS - 2, parcels: 1 })
})
