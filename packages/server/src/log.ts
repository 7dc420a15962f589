import { type Logger, pino } from 'pino'

/** Lines that wait for a reader that does not read; beyond it lines are dropped rather than memory grown. */
const LOG_WAITING_MAX_BYTES = 16 * 1024 * 1024
/** Lines are written together once they fill a block, and a block that does not fill is written at this interval. */
const LOG_BLOCK_BYTES = 4_096
const LOG_FLUSH_INTERVAL_MS = 100

/**
 * JSON lines on standard output. They are written beside the event loop, so that a slow reader of the log slows
 * nobody else down; a process that is killed may lose those of its last moment.
 */
export function standardLog(level: string): Logger {
  const destination = pino.destination({
    fd: 1,
    sync: false,
    maxLength: LOG_WAITING_MAX_BYTES,
    minLength: LOG_BLOCK_BYTES,
    periodicFlush: LOG_FLUSH_INTERVAL_MS,
  })
  return pino({ level, base: null, timestamp: isoTime() }, destination)
}

/** Under load many lines have the same millisecond, whose text need be made only once. */
function isoTime(): () => string {
  let latest = Number.NaN
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== latest) {
      latest = now
      text = `,"time":"${new Date(now).toISOString()}"`
    }
    return text
  }
}
