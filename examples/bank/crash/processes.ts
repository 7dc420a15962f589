import { existsSync, realpathSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import type { BankName } from '../src/settings.ts'
import type { Addresses } from './course.ts'
import { KillableProcess } from './killable-process.ts'
import type { CrashSettings } from './settings.ts'

/** Below the ports that systems give to outgoing connections, one of which could take a dead process's port. */
const PORT_MIN = 20_000
const PORTS = 10_000

/** What the banks do to calls while the run lasts; the delay is longer than the coordinator waits. */
const FAULTS = {
  'fail-before': 0.05,
  'fail-after': 0.05,
  refuse: 0.02,
  'delay-before': 0.03,
  'delay-after': 0.03,
  'delay-ms': 700,
}

export interface Processes {
  coordinator: KillableProcess
  banks: Readonly<Record<BankName, KillableProcess>>
  all: readonly KillableProcess[]
  addresses: Addresses
  /** From their next life on, the banks do nothing wrong on purpose. */
  endFaults(): void
}

/** A coordinator and two banks, not started yet, whose files lie in `folder`. */
export async function prepareProcesses(folder: string, settings: CrashSettings): Promise<Processes> {
  const ports = await freePorts(3)
  const urlOf = (index: number) => `http://127.0.0.1:${ports[index]}`
  const urls = { coordinator: urlOf(0), north: urlOf(1), south: urlOf(2) }
  const compileCache = join(folder, 'compiled')
  let faulty = true
  const bank = (name: BankName, index: number) =>
    new KillableProcess({
      name,
      url: urls[name],
      logFile: join(folder, `${name}.log`),
      compileCache,
      command: (life) => [
        join(import.meta.dirname, settings.barrier ? '../src/main.ts' : 'bank-without-barrier.ts'),
        name,
        `--data-dir=${folder}`,
        `--${name}-port=${ports[index]}`,
        '--demo-accounts=false',
        `--fault-seed=${settings.seed * 1_000 + life * 2 + index}`,
        ...(faulty ? Object.entries(FAULTS).map(([fault, value]) => `--${fault}=${value}`) : []),
      ],
    })
  const banks = { north: bank('north', 1), south: bank('south', 2) }
  const coordinator = new KillableProcess({
    name: 'coordinator',
    url: urls.coordinator,
    logFile: join(folder, 'coordinator.log'),
    compileCache,
    command: () => [
      assentCommand(),
      'start',
      `--http-port=${ports[0]}`,
      `--data-dir=${join(folder, 'coordinator')}`,
      `--store=${settings.store}`,
      '--audit=false',
    ],
  })
  return {
    coordinator,
    banks,
    all: [coordinator, banks.north, banks.south],
    addresses: urls,
    endFaults: () => {
      faulty = false
    },
  }
}

/** The installed command line, as npm links it: run directly, so that a kill hits it and no shell before it. */
export function assentCommand(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'node_modules/.bin/assent')
    if (existsSync(path)) return realpathSync(path)
  }
  throw new Error('assent is not installed here')
}

/** Ports that a process gets again after it was killed. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = []
  const offset = (process.pid * 7) % PORTS
  for (let tried = 0; found.length < count && tried < PORTS; tried += 1) {
    const port = PORT_MIN + ((offset + tried) % PORTS)
    if (await isFree(port)) found.push(port)
  }
  return found
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
