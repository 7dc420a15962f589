import { FAULT_KINDS, type Struck } from '../faults/kinds.ts'
import type { CrashSettings } from '../settings.ts'
import { type Banks, prepareBanks } from './banks.ts'
import { prepareCoordinators } from './coordinators.ts'
import { type CrashDatabase, startDatabase } from './database.ts'
import type { KillableProcess } from './killable-process.ts'
import { freePorts } from './ports.ts'

export interface Processes {
  coordinators: readonly KillableProcess[]
  banks: Banks
  database: CrashDatabase | undefined
  /** All that are ours: every one but the database. */
  own: readonly KillableProcess[]
  start(): Promise<void>
  /** Kills all at once what the faults of the run strike, and the banks, and starts it again. */
  startAgain(): Promise<void>
  /** Ends everything for good. */
  end(): Promise<void>
}

/** The database, running, and coordinators and banks, not started yet, whose files lie in `folder`. */
export async function prepareProcesses(folder: string, settings: CrashSettings): Promise<Processes> {
  const database = await startDatabase(settings.store)
  const [north = 0, south = 0, ...ports] = await freePorts(2 + settings.coordinators)
  const banks = prepareBanks(folder, { north, south }, settings)
  const coordinators = prepareCoordinators(folder, ports, settings, database)
  const own = [...coordinators, ...banks.all.map(({ process }) => process)]
  const start = async (processes: readonly KillableProcess[]): Promise<void> => {
    for (const each of processes) each.start()
    await Promise.all(processes.map((each) => each.ready()))
  }
  const isStruck = (what: Struck): boolean =>
    settings.faults.some((name) => FAULT_KINDS[name].strikes === what)
  return {
    coordinators,
    banks,
    database,
    own,
    start: () => start(own),
    async startAgain() {
      const killed = own.filter((each) => isStruck('coordinators') || !coordinators.includes(each))
      await Promise.all(killed.map((each) => each.kill()))
      if (isStruck('database')) {
        await database?.kill()
        await database?.start()
      }
      await start(killed)
    },
    async end() {
      await Promise.all(own.map((each) => each.kill()))
      await database?.close()
    },
  }
}
