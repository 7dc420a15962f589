import { type Logger, pino } from 'pino'

/** Lines that wait for a reader that does not read; beyond it lines are dropped rather than memory grown. */
const LOG_WAITING_MAX_BYTES = 16 * 1024 * 1024

/**
 * JSON lines on standard output. They are written beside the event loop, so that a slow reader of the log slows
 * nobody else down; a process that is killed may lose those of its last moment.
 */
export function standardLog(level: string): Logger {
  const destination = pino.destination({ fd: 1, sync: false, maxLength: LOG_WAITING_MAX_BYTES })
  const formatters = { level: (label: string) => ({ level: label }) }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, destination)
}
