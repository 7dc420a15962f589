import type { Logger } from 'pino'
import type { Observer } from './observation.ts'

/** One line for each changing request, whichever door it came by: who, what, which gid, which result. */
export function auditObserver(log: Logger): Observer {
  // A line of the audit is written whatever the log's level is.
  const audit = log.child({ audit: true }, { level: 'info' })
  return {
    observe(observation) {
      if (observation.kind !== 'command') return
      const { actor, command, gid, result } = observation
      audit.info({ actor, command, gid, result })
    },
  }
}
