import { describe, expect, it } from 'vitest'
import { greetingIn } from './greeting.ts'

function packet(version: string): Buffer {
  return Buffer.concat([Buffer.from([10]), Buffer.from(`${version}\0rest`)])
}

describe('what a server says first', () => {
  it.each([
    ['5.5.5-10.11.19-MariaDB-0+deb12u1', 'MariaDB', '10.11.19'],
    ['11.8.2-MariaDB', 'MariaDB', '11.8.2'],
    ['8.0.36', 'MySQL', '8.0.36'],
    ['8.4.3-0ubuntu0.24.04.1', 'MySQL', '8.4.3'],
  ])('%s is %s %s', (said, product, version) => {
    expect(greetingIn(packet(said))).toEqual({ product, version })
  })

  it('is told in its words where it is a refusal', () => {
    const refusal = Buffer.concat([Buffer.from([0xff, 0x10, 0x04]), Buffer.from('Too many connections')])
    expect(() => greetingIn(refusal)).toThrow('Too many connections')
  })
})
