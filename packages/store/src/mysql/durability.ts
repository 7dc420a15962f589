import type { Objection } from './objection.ts'
import type { Variables } from './variables.ts'

/** Something by which the server keeps less than it acknowledges. */
interface Weakness {
  /** The server's own setting, by which it is accepted. */
  name: string
  /** For people, as `/ready` shows it. */
  words: string
  /** The setting as it should be. */
  remedy: string
}

/** What its commits do not survive, in words. No connection can change those settings for itself. */
export function weaknessesOf(variables: Variables): string[] {
  return findWeaknesses(variables).map(({ words }) => words)
}

/** Why transactions can not be entrusted to it; undefined when they can, or when what it is weak in was accepted. */
export function objectionToWeaknesses(
  variables: Variables,
  accepted: readonly string[],
): Objection | undefined {
  const refused = findWeaknesses(variables).filter(({ name }) => !accepted.includes(name))
  if (refused.length === 0) return undefined
  const names = refused.map(({ name }) => name).join(' and ')
  return [
    `it is configured to keep less than it acknowledges: ${names}`,
    `set ${refused.map(({ remedy }) => remedy).join(' and ')} there, or accept ${names} by name as a weakness`,
  ]
}

function findWeaknesses(variables: Variables): Weakness[] {
  return [...logFlush(variables), ...binaryLog(variables), ...doubleWrite(variables), ...redoLog(variables)]
}

/** 3 is MariaDB's, and writes more often than 1. */
function logFlush(variables: Variables): Weakness[] {
  const value = variables.get('innodb_flush_log_at_trx_commit')
  if (value === '1' || value === '3') return []
  const what = value === '0' ? 'a crash of the server or a power cut' : 'a power cut'
  return [
    weakness(
      'innodb_flush_log_at_trx_commit',
      value,
      '1',
      `${what} may lose the last commits, of a second or more`,
    ),
  ]
}

/** With a binary log a transaction has happened when it stands there: what is not there is undone after a crash. */
function binaryLog(variables: Variables): Weakness[] {
  const value = variables.get('sync_binlog')
  if (variables.get('log_bin') !== 'ON' || value === '1') return []
  return [
    weakness(
      'sync_binlog',
      value,
      '1',
      'a power cut may undo commits that the binary log has not on the disk yet',
    ),
  ]
}

function doubleWrite(variables: Variables): Weakness[] {
  const value = variables.get('innodb_doublewrite')
  if (value !== 'OFF' && value !== 'DETECT_ONLY') return []
  const words =
    'a power cut while a page is being written may damage the database, unless the disk prevents it'
  return [weakness('innodb_doublewrite', value, 'ON', words)]
}

/** MySQL's: a server may be told to do without. */
function redoLog(variables: Variables): Weakness[] {
  const value = variables.get('Innodb_redo_log_enabled')
  if (value !== 'OFF') return []
  return [
    weakness('innodb_redo_log_enabled', value, 'ON', 'a crash of the server may lose the whole database'),
  ]
}

function weakness(setting: string, value: string | undefined, good: string, words: string): Weakness {
  const name = `${setting}=${value}`
  return { name, words: `${name}: ${words}`, remedy: `${setting}=${good}` }
}
