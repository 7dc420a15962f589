import { join } from 'node:path'
import { BANKS, type BankName } from '../../src/settings.ts'
import type { CrashSettings } from '../settings.ts'
import { KillableProcess } from './killable-process.ts'

/** What the banks do to calls while the run lasts; the delay is longer than the coordinator waits. */
const FAULTS = {
  'fail-before': 0.05,
  'fail-after': 0.05,
  refuse: 0.02,
  'delay-before': 0.03,
  'delay-after': 0.03,
  'delay-ms': 700,
}

/** A bank, and the file in which it keeps its books and its barrier. */
export interface BankProcess {
  name: BankName
  process: KillableProcess
  file: string
}

export interface Banks {
  all: readonly BankProcess[]
  urls: Readonly<Record<BankName, string>>
  /** From their next life on, they do nothing wrong on purpose. */
  endFaults(): void
}

/** Both banks, not started yet, whose files lie in `folder`. */
export function prepareBanks(
  folder: string,
  ports: Readonly<Record<BankName, number>>,
  { barrier, seed }: CrashSettings,
): Banks {
  let faulty = true
  const urls = { north: `http://127.0.0.1:${ports.north}`, south: `http://127.0.0.1:${ports.south}` }
  const all = BANKS.map((name, index): BankProcess => {
    const command = (life: number): string[] => [
      join(import.meta.dirname, barrier ? '../../src/main.ts' : 'bank-without-barrier.ts'),
      name,
      `--data-dir=${folder}`,
      `--${name}-port=${ports[name]}`,
      '--demo-accounts=false',
      `--fault-seed=${seed * 1_000 + life * BANKS.length + index}`,
      ...(faulty ? Object.entries(FAULTS).map(([fault, value]) => `--${fault}=${value}`) : []),
    ]
    const process = new KillableProcess({
      name,
      url: urls[name],
      logFile: join(folder, `${name}.log`),
      compileCache: join(folder, 'compiled'),
      command,
    })
    return { name, process, file: join(folder, `${name}.db`) }
  })
  return {
    all,
    urls,
    endFaults: () => {
      faulty = false
    },
  }
}
