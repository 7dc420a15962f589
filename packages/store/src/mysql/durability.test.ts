import { describe, expect, it } from 'vitest'
import { objectionToWeaknesses, weaknessesOf } from './durability.ts'
import { objectionTo } from './fitness.ts'

/** A MariaDB as it is installed, but for what is given. */
function variables(given: Record<string, string> = {}): Map<string, string> {
  return new Map(
    Object.entries({
      innodb_flush_log_at_trx_commit: '1',
      innodb_doublewrite: 'ON',
      log_bin: 'OFF',
      sync_binlog: '0',
      binlog_format: 'MIXED',
      max_allowed_packet: '16777216',
      ...given,
    }),
  )
}

describe('the durability of a MySQL server', () => {
  it('is what it should be when each commit is on the disk, in the binary log too where there is one', () => {
    const sound: Record<string, string>[] = [
      {},
      { innodb_flush_log_at_trx_commit: '3' },
      { innodb_doublewrite: 'DETECT_AND_RECOVER', Innodb_redo_log_enabled: 'ON' },
      { log_bin: 'ON', sync_binlog: '1' },
    ]
    for (const given of sound) {
      expect(weaknessesOf(variables(given))).toEqual([])
      expect(objectionToWeaknesses(variables(given), [])).toBeUndefined()
    }
  })

  it.each([
    ['innodb_flush_log_at_trx_commit=2', { innodb_flush_log_at_trx_commit: '2' }],
    ['innodb_flush_log_at_trx_commit=0', { innodb_flush_log_at_trx_commit: '0' }],
    ['sync_binlog=0', { log_bin: 'ON' }],
    ['sync_binlog=100', { log_bin: 'ON', sync_binlog: '100' }],
    ['innodb_doublewrite=OFF', { innodb_doublewrite: 'OFF' }],
    ['innodb_doublewrite=DETECT_ONLY', { innodb_doublewrite: 'DETECT_ONLY' }],
    ['innodb_redo_log_enabled=OFF', { Innodb_redo_log_enabled: 'OFF' }],
  ])('is refused with %s, unless that is accepted by name, and then says so', (name, given) => {
    const found = variables(given)
    expect(objectionToWeaknesses(found, [])?.join('; ')).toContain(`accept ${name} by name as a weakness`)
    expect(objectionToWeaknesses(found, ['innodb_flush_log_at_trx_commit', 'fsync=off'])).toBeDefined()
    expect(objectionToWeaknesses(found, [name])).toBeUndefined()
    expect(weaknessesOf(found)).toEqual([expect.stringMatching(`^${name}: .+`)])
  })

  it('is unknown and so refused when the server does not say', () => {
    expect(objectionToWeaknesses(new Map(), [])).toBeDefined()
  })

  it('has each of its weaknesses named', () => {
    const found = variables({ innodb_flush_log_at_trx_commit: '2', innodb_doublewrite: 'OFF' })
    const [wrong, remedy] = objectionToWeaknesses(found, ['innodb_doublewrite=OFF']) ?? []
    expect(wrong).toBe('it is configured to keep less than it acknowledges: innodb_flush_log_at_trx_commit=2')
    expect(remedy).toContain('set innodb_flush_log_at_trx_commit=1 there')
    expect(objectionToWeaknesses(found, [])?.[0]).toContain('=2 and innodb_doublewrite=OFF')
  })
})

describe('a MySQL server', () => {
  it('is refused when the largest transaction would not fit into a packet', () => {
    expect(objectionTo(variables({ max_allowed_packet: '4194304' }))?.join('; ')).toMatch(
      /max_allowed_packet is 4194304 bytes.*set max_allowed_packet=16M/,
    )
    expect(objectionTo(new Map())).toBeDefined()
    expect(objectionTo(variables())).toBeUndefined()
  })

  it('is refused when its binary log keeps statements', () => {
    const keepsStatements = { log_bin: 'ON', binlog_format: 'STATEMENT' }
    expect(objectionTo(variables(keepsStatements))?.[1]).toContain('binlog_format=ROW')
    expect(objectionTo(variables({ ...keepsStatements, log_bin: 'OFF' }))).toBeUndefined()
    expect(objectionTo(variables({ ...keepsStatements, binlog_format: 'ROW' }))).toBeUndefined()
  })
})
