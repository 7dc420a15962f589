import type { Logger } from 'pino'
import type { Observation, Observer } from './observation.ts'
import { seldom } from './seldom.ts'

/** A store or a broker that is away fails whoever asks, and several ask each second: one line in this time says it for each. */
const SAME_EVERY_MS = 10_000

/**
 * Logs what the coordinator reports, with the gid. A transaction that goes its way is logged at debug only, so
 * that load is not paid for in log lines; what somebody should look at is a warning, what is wrong an error.
 */
export function loggingObserver(log: Logger): Observer {
  const debug = log.isLevelEnabled('debug')
  const throughSeldom = seldom(SAME_EVERY_MS)
  return {
    observe(observation) {
      const often = oftenSaid(observation)
      const unsaid = often === undefined ? 0 : throughSeldom(often)
      if (unsaid === undefined) return
      const { level, message } = LINES[observation.kind](observation as never)
      if (level === 'debug' && !debug) return
      const { kind, ...fields } = observation
      log[level]({ event: kind, ...fields, ...(unsaid > 0 && { unsaid }) }, message)
    },
  }
}

/** What comes again and again says the same each time, by this key. */
function oftenSaid(observation: Observation): string | undefined {
  switch (observation.kind) {
    case 'store-failed':
      return `${observation.kind} ${observation.what} ${observation.certain}`
    case 'replies-stalled':
      return `${observation.kind} ${observation.topic}`
    case 'reply-passed-over':
      return `${observation.kind} ${observation.reason}`
    default:
      return undefined
  }
}

type Level = 'debug' | 'info' | 'warn' | 'error'
type Line = { level: Level; message: string }

const said = (level: Level, message: string) => {
  const line: Line = { level, message }
  return () => line
}

/** What each kind of observation says, and how loud. */
const LINES: {
  [Kind in Observation['kind']]: (observation: Extract<Observation, { kind: Kind }>) => Line
} = {
  accepted: said('debug', 'accepted'),
  decided: said('debug', 'decided'),
  ended: said('debug', 'ended'),
  attempt: said('debug', 'called'),
  held: said('debug', 'a call was held back'),
  attention: said('warn', 'somebody should look: a call that must finish does not'),
  commit: said('debug', 'committed'),
  'store-failed': ({ certain }) => ({
    level: 'error',
    message: certain ? 'the store failed, and kept nothing' : 'the store failed, and may have kept it',
  }),
  claimed: ({ transactions }) => ({
    level: transactions > 0 ? 'info' : 'debug',
    message: 'took up transactions',
  }),
  incarnation: ({ reason }) =>
    reason === 'start'
      ? { level: 'info', message: 'a new incarnation began' }
      : { level: 'warn', message: 'the lease was lost; a new incarnation began' },
  'ownership-lost': said('warn', 'another coordinator took this transaction over'),
  'left-undriven': said('error', 'this transaction was owned here and not driven; it is now'),
  'row-went-back': said(
    'error',
    'the store lost what it had acknowledged; the newest state was written again',
  ),
  command: said('debug', 'asked'),
  swept: said('debug', 'swept'),
  'dead-letter': said('warn', 'a message that nobody can deal with was put aside'),
  'reply-passed-over': ({ reason }) =>
    reason === 'undecided'
      ? { level: 'debug', message: 'nobody waits for this reply, and it decides nothing' }
      : { level: 'warn', message: 'a reply names a transaction that is not known here' },
  'replies-stalled': said('warn', 'replies can not be received or kept; they wait in the broker'),
  fault: said('error', 'a fault of Assent was survived; please report it'),
}
