import type { Mode, Operation } from '@assent/contract'

/** What a mode is: which calls a branch takes, and what undoes them. */
export interface ModeRow {
  /** The call that may be refused. */
  phaseOne?: Operation
  /** The call that must finish on commit, of a branch that went through phase one. */
  confirm?: Operation
  /** The call that must finish on commit, of a branch that has no phase one: behind the pivot, or in a message. */
  follow?: Operation
  /** The call that must finish on abort. */
  undo?: Operation
  /** Whether one branch may be the pivot. */
  pivot: boolean
  /** Whether an undecided transaction is asked about when its deadline has passed. */
  query: boolean
  /** The fields of a branch that name the URLs of this mode's calls. */
  urls: readonly ('action' | 'compensate' | 'confirm' | 'cancel' | 'commit' | 'rollback')[]
}

/** A mode is a row of data: nothing else in the engine knows one mode from another. */
export const MODE_ROWS: Readonly<Record<Mode, ModeRow>> = {
  saga: {
    phaseOne: 'action',
    follow: 'action',
    undo: 'compensate',
    pivot: true,
    query: false,
    urls: ['action', 'compensate'],
  },
  tcc: {
    phaseOne: 'try',
    confirm: 'confirm',
    undo: 'cancel',
    pivot: false,
    query: false,
    urls: ['action', 'confirm', 'cancel'],
  },
  xa: {
    phaseOne: 'prepare',
    confirm: 'commit',
    undo: 'rollback',
    pivot: false,
    query: false,
    urls: ['action', 'commit', 'rollback'],
  },
  message: { follow: 'action', pivot: false, query: true, urls: ['action'] },
}
