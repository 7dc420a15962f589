import type { Variables } from './variables.ts'

/** Something by which the server keeps less than it acknowledges. */
export interface Weakness {
  /** The server's own setting, by which it is accepted. */
  name: string
  /** What it may cost. */
  words: string
  /** The setting as it should be. */
  remedy: string
}

const SECOND = 'loses up to a second of what was acknowledged, or more'

/** What a commit on this server does not survive. Those settings can not be changed for our connections alone. */
export function weaknessesOf(variables: Variables): Weakness[] {
  return [...logFlush(variables), ...binaryLog(variables), ...doubleWrite(variables), ...redoLog(variables)]
}

/** 3 is MariaDB's, and writes more often than 1. */
function logFlush(variables: Variables): Weakness[] {
  const value = variables.get('innodb_flush_log_at_trx_commit')
  if (value === '1' || value === '3') return []
  const whose = value === '0' ? 'a crash of the server, or a power cut,' : 'a power cut'
  return [weakness('innodb_flush_log_at_trx_commit', value, '1', `${whose} ${SECOND}`)]
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
      'a power cut undoes what the binary log on the disk does not have yet',
    ),
  ]
}

function doubleWrite(variables: Variables): Weakness[] {
  const value = variables.get('innodb_doublewrite')
  if (value !== 'OFF' && value !== 'DETECT_ONLY') return []
  const words =
    'a power cut leaves pages half written, unless the disk writes 16 KiB at once, and what is on them is lost'
  return [weakness('innodb_doublewrite', value, 'ON', words)]
}

/** MySQL's; a crash of a server without it loses everything. */
function redoLog(variables: Variables): Weakness[] {
  const value = variables.get('Innodb_redo_log_enabled')
  if (value !== 'OFF') return []
  return [weakness('innodb_redo_log_enabled', value, 'ON', 'a crash of the server loses all that it holds')]
}

function weakness(setting: string, value: string | undefined, good: string, words: string): Weakness {
  return { name: `${setting}=${value}`, words: `${setting}=${value}: ${words}`, remedy: `${setting}=${good}` }
}
