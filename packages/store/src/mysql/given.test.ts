import { TRANSACTION_STATE_MAX_BYTES } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { writeOf } from '../../test/rows.ts'
import { COLUMNS, givenOf, whyTooLarge } from './given.ts'

const PACKET_BYTES = 16 * 1024 * 1024

function whyNot(given: Parameters<typeof writeOf>[0], packetBytes = PACKET_BYTES): string | undefined {
  return whyTooLarge(givenOf(writeOf(given), 0), packetBytes)
}

describe('a write as MySQL takes it', () => {
  it('has a value for each column, its version among them', () => {
    const { values } = givenOf(writeOf({ expect: 4, dueAt: null, labels: { a: 'b' } }), 0)
    const byColumn = Object.fromEntries(COLUMNS.map((column, index) => [column, values[index]]))
    expect(values).toHaveLength(COLUMNS.length)
    expect(byColumn).toMatchObject({
      gid: 'order-17',
      version: 5,
      due_at: null,
      labels: '{"a":"b"}',
      state_bytes: 10,
    })
  })

  it('fits with whatever a door lets through', () => {
    const wide = '\u{1f600}'
    expect(whyNot({ gid: 'g'.repeat(64), name: '\u0000'.repeat(128) })).toBeUndefined()
    expect(
      whyNot({ name: wide.repeat(128), state: 'ä'.repeat(TRANSACTION_STATE_MAX_BYTES / 2) }),
    ).toBeUndefined()
    const labels = Array.from({ length: 16 }, (_, index) => [
      `${index}`.padEnd(64, '\u0000'),
      '\u0000'.repeat(256),
    ])
    expect(whyNot({ labels: Object.fromEntries(labels) })).toBeUndefined()
  })

  it.each([
    ['gid', { gid: 'g'.repeat(101) }, /gid is longer than 100 characters/],
    ['name', { name: 'n'.repeat(641) }, /name is longer than 640/],
    ['owner', { owner: 'o'.repeat(256) }, /owner is longer than 255/],
    ['labels', { labels: { all: 'l'.repeat(70_000) } }, /labels take more than 65535 bytes/],
    ['state', { state: 's'.repeat(PACKET_BYTES) }, /are the most that the server takes/],
  ])('is told to be too large by its %s', (_what, given, reason) => {
    expect(whyNot(given)).toMatch(reason)
  })

  it('is told to be too large for the packets of its server', () => {
    expect(whyNot({ state: 's'.repeat(100_000) }, 100_000)).toMatch(
      /98976 are the most .*\(max_allowed_packet\)/,
    )
    expect(whyNot({ state: 's'.repeat(90_000) }, 100_000)).toBeUndefined()
  })
})
