import type { Clock } from '@assent/engine'
import type { Context } from '../transactions/context.ts'
import { Audit } from './audit.ts'
import { Claims } from './claims.ts'
import { Retention } from './retention.ts'

/** What is done now and then, as long as the coordinator is at work. */
export interface Upkeep {
  begin(): void
  stop(): void
  /** Something becomes due at any moment, which nobody will tell of. */
  expect(): void
}

export function createUpkeep(context: Context, clock: Clock): Upkeep {
  const audit = new Audit(context, clock)
  const claims = new Claims(context, clock, () => audit.hurry())
  const tasks: readonly Pick<Upkeep, 'begin' | 'stop'>[] = [claims, audit, new Retention(context, clock)]
  return {
    begin() {
      for (const task of tasks) task.begin()
    },
    stop() {
      for (const task of tasks) task.stop()
    },
    expect: () => claims.expect(),
  }
}
