import { expect, it } from 'vitest'
import { survivesConnections } from './dialect.ts'

it.each([
  ['5.7.6', false],
  ['5.7.7-log', true],
  ['8.0.36', true],
  ['8.4.0', true],
  ['10.4.34-MariaDB', false],
  ['10.5.1-MariaDB-1:10.5.1+maria~focal', true],
  ['10.11.19-MariaDB-0+deb12u1', true],
  ['5.5.5-10.4.34-MariaDB', false],
  ['5.5.5-11.4.2-MariaDB', true],
])('a server of version %s keeps what was prepared when the connection closes: %s', (version, keeps) => {
  expect(survivesConnections(version)).toBe(keeps)
})
