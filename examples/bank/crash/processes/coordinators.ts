import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LEASE_MS } from '../faults/kinds.ts'
import type { CrashSettings } from '../settings.ts'
import type { CrashDatabase } from './database.ts'
import { KillableProcess } from './killable-process.ts'

const MS_PER_SECOND = 1_000

/** So many coordinators on one store, not started yet, whose files lie in `folder`. */
export function prepareCoordinators(
  folder: string,
  ports: readonly number[],
  settings: CrashSettings,
  database: CrashDatabase | undefined,
): KillableProcess[] {
  const program = settings.fence
    ? [assentCommand(), 'start']
    : [join(import.meta.dirname, 'coordinator-without-fence.ts')]
  return ports.map((port, index) => {
    const name = ports.length === 1 ? 'coordinator' : `coordinator-${index + 1}`
    return new KillableProcess({
      name,
      url: `http://127.0.0.1:${port}`,
      logFile: join(folder, `${name}.log`),
      compileCache: join(folder, 'compiled'),
      environment: database?.environment ?? {},
      command: () => [
        ...program,
        `--http-port=${port}`,
        `--store=${settings.store}`,
        `--data-dir=${join(folder, name)}`,
        `--lease-secs=${LEASE_MS / MS_PER_SECOND}`,
        '--audit=false',
      ],
    })
  })
}

/** The installed command line, as npm links it: run directly, so that a kill hits it and no shell before it. */
export function assentCommand(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'node_modules/.bin/assent')
    if (existsSync(path)) return realpathSync(path)
  }
  throw new Error('assent is not installed here')
}
