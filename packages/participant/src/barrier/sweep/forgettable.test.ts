import type { EndedAnswer } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import type { GidRows } from '../barrier.ts'
import { forgettable, isAskable } from './forgettable.ts'

const LIMITS = { graceMs: 100, tombstoneLifeMs: 10_000 }
const NOW = 1_000_000

const rowsOf = (gid: string, agedMs: number, ongoing = false): GidRows => ({
  gid,
  touchedAt: NOW - agedMs,
  ongoing,
})
const ended = (gid: string, agoMs: number): EndedAnswer => ({
  ended: [{ gid, status: 'ABORTED', endedAt: NOW - agoMs }],
  unknown: [],
})
const unknown = (gid: string): EndedAnswer => ({ ended: [], unknown: [gid] })
const open: EndedAnswer = { ended: [], unknown: [] }

describe('rows', () => {
  it('are asked about once they have been still for the grace', () => {
    expect(isAskable(rowsOf('a', 99), NOW, LIMITS)).toBe(false)
    expect(isAskable(rowsOf('a', 100), NOW, LIMITS)).toBe(true)
  })

  it('are never asked about while a call waits to be completed, however old', () => {
    expect(isAskable(rowsOf('a', 1_000_000, true), NOW, LIMITS)).toBe(false)
  })

  it('never go by age alone: those of an open transaction stay, however old', () => {
    expect(forgettable([rowsOf('a', 999_999)], open, NOW, LIMITS)).toEqual([])
  })

  it('go once their transaction has ended and no late call can come any more', () => {
    expect(forgettable([rowsOf('a', 500)], ended('a', 99), NOW, LIMITS)).toEqual([])
    expect(forgettable([rowsOf('a', 500)], ended('a', 100), NOW, LIMITS)).toEqual(['a'])
  })

  it('of an unknown transaction go only when they are older than a tombstone lives', () => {
    expect(forgettable([rowsOf('a', 9_999)], unknown('a'), NOW, LIMITS)).toEqual([])
    expect(forgettable([rowsOf('a', 10_000)], unknown('a'), NOW, LIMITS)).toEqual(['a'])
  })

  it('that were not asked about stay, whatever is answered', () => {
    expect(forgettable([rowsOf('a', 500)], ended('b', 500), NOW, LIMITS)).toEqual([])
  })
})
