import { writeSync } from 'node:fs'
import { type DestinationStream, type Logger, pino } from 'pino'

/** Lines that wait for a reader that does not read; beyond it lines are dropped rather than memory grown. */
const LOG_WAITING_MAX_BYTES = 16 * 1024 * 1024
/** Lines are gathered so long, for each write costs as much as making a dozen lines. */
const GATHERED_MS = 20
const GATHERED_MAX_LENGTH = 64 * 1024

/**
 * JSON lines on standard output. They are written beside the event loop, so that a slow reader of the log slows
 * nobody else down; a process that is killed, or exits in the midst of its work, may lose those of its last moment.
 */
export function standardLog(level: string): Logger {
  const formatters = { level: (label: string) => ({ level: label }) }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, gathering(1))
}

/** How long a process that exits waits for whoever reads its log. */
const LAST_WRITE_MAX_MS = 2_000
const LAST_WRITE_PAUSE_MS = 5

/** A pipe takes what fits into it and no more: the rest is offered again, for as long as a reader may need. */
function writeWhole(fd: number, bytes: Buffer): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  let from = 0
  for (let waitedMs = 0; from < bytes.length && waitedMs < LAST_WRITE_MAX_MS; ) {
    try {
      from += writeSync(fd, bytes, from)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(pause, 0, 0, LAST_WRITE_PAUSE_MS)
      waitedMs += LAST_WRITE_PAUSE_MS
    }
  }
}

/** Writes to a file descriptor what has gathered, and the last of it when the process exits. */
export function gathering(fd: number): DestinationStream {
  const destination = pino.destination({ fd, sync: false, maxLength: LOG_WAITING_MAX_BYTES })
  let gathered = ''
  let timer: NodeJS.Timeout | undefined
  const pass = (): void => {
    clearTimeout(timer)
    timer = undefined
    const lines = gathered
    gathered = ''
    if (lines !== '') destination.write(lines)
  }
  // Before the destination ends itself, which it does when the process has nothing left to do.
  process.prependOnceListener('beforeExit', pass)
  // The destination has written its own by now, and would begin nothing that could still be finished.
  process.once('exit', () => writeWhole(fd, Buffer.from(gathered)))
  return {
    write(line) {
      gathered += line
      if (gathered.length >= GATHERED_MAX_LENGTH) pass()
      else timer ??= setTimeout(pass, GATHERED_MS).unref()
    },
  }
}
