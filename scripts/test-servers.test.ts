import { describe, expect, it } from 'vitest'
import { serversIn } from './test-servers.ts'

function noted(...notes: readonly [product: string, version: string, origin: string][]): string {
  return notes
    .map(([product, version, origin]) => `${JSON.stringify({ product, version, origin })}\n`)
    .join('')
}

describe('what the tests ran against', () => {
  it('is named once, however many tests used it', () => {
    const one = ['PostgreSQL', '15.18', 'a local binary'] as const
    expect(serversIn(noted([...one], ['Redis', '7.0.15', "Debian's package"], [...one]))).toBe(
      "Ran against PostgreSQL 15.18 (a local binary), Redis 7.0.15 (Debian's package).",
    )
  })

  it('is told apart by version and by where it came from', () => {
    const notes = noted(
      ['MariaDB', '11.8.2', 'the environment'],
      ['MariaDB', '10.11.19', 'a local binary'],
      ['MariaDB', '11.8.2', 'a local binary'],
    )
    expect(serversIn(notes)).toBe(
      'Ran against MariaDB 10.11.19 (a local binary), MariaDB 11.8.2 (a local binary and the environment).',
    )
  })

  it('is nothing to speak of where they used none', () => {
    expect(serversIn('')).toBeUndefined()
  })
})
