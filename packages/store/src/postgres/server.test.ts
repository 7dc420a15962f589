import { describe, expect, it } from 'vitest'
import { objectionTo, type ServerFound } from './server.ts'

const GOOD: ServerFound = {
  version: 140_000,
  versionName: '14.0',
  encoding: 'UTF8',
  fsync: 'on',
  fullPageWrites: 'on',
}

describe('a server', () => {
  it('of version 14 or later, with UTF8 and settings that keep what is acknowledged, is taken', () => {
    expect(objectionTo(GOOD, [])).toBeUndefined()
    expect(objectionTo({ ...GOOD, version: 180_001, versionName: '18.1' }, ['fsync=off'])).toBeUndefined()
  })

  it('that is too old is refused with the version that is needed', () => {
    expect(objectionTo({ ...GOOD, version: 130_014, versionName: '13.14' }, [])).toEqual([
      'its version is 13.14',
      'PostgreSQL 14 or a later version is needed',
    ])
  })

  it('whose database can not hold every character is refused', () => {
    expect(objectionTo({ ...GOOD, encoding: 'LATIN1' }, [])?.join()).toContain(
      'the encoding of the database is LATIN1',
    )
  })

  it('that is configured weakly is refused unless each weakness is accepted by its name', () => {
    const weak = { ...GOOD, fsync: 'off', fullPageWrites: 'off' }
    expect(objectionTo(weak, [])).toEqual([
      'it is configured to keep less than it acknowledges: fsync=off, full_page_writes=off',
      'switch those settings on, or accept each by this name as a weakness',
    ])
    expect(objectionTo(weak, ['fsync=off', 'FULL_PAGE_WRITES=OFF'])).toEqual([
      'it is configured to keep less than it acknowledges: full_page_writes=off',
      'switch that setting on, or accept it by this name as a weakness',
    ])
    expect(objectionTo(weak, ['fsync=off', 'full_page_writes=off'])).toBeUndefined()
  })
})
