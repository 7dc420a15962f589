import type { ConnectionInfo } from 'mariadb'
import { describe, expect, it } from 'vitest'
import { dialectOf, objectionToVersion } from './dialect.ts'

/** What the driver knows of a server. */
function serverOf(raw: string): ConnectionInfo {
  const parts = raw.split(/[.-]/).slice(0, 3).map(Number)
  const number = ([major = 0, minor = 0, patch = 0]: readonly number[]): number =>
    (major * 1_000 + minor) * 1_000 + patch
  return {
    serverVersion: { raw },
    isMariaDB: () => raw.includes('MariaDB'),
    hasMinVersion: (...wanted: number[]) => number(parts) >= number(wanted),
  } as unknown as ConnectionInfo
}

describe('the dialects', () => {
  it.each(['10.6.0-MariaDB', '10.11.19-MariaDB-log', '11.8.2-MariaDB', '8.0.17', '8.4.5', '9.3.0-log'])(
    'know %s',
    (version) => {
      expect(objectionToVersion(serverOf(version))).toBeUndefined()
    },
  )

  it.each([
    ['10.5.29-MariaDB', 'MariaDB 10.6.0 or a later version is needed'],
    ['5.7.44', 'MySQL 8.0.17 or a later version is needed'],
    ['8.0.11-TiDB-v7', 'MySQL 8.0.17 or a later version is needed'],
  ])('refuse %s, and say what is needed', (version, needed) => {
    expect(objectionToVersion(serverOf(version))).toEqual([`its version is ${version}`, needed])
  })

  it('have words of their own for the same', () => {
    const [mariadb, mysql] = ['11.4.2-MariaDB', '8.4.0'].map((version) => dialectOf(serverOf(version)))
    expect(mariadb?.collation).toBe('utf8mb4_nopad_bin')
    expect(mysql?.collation).toBe('utf8mb4_0900_bin')
    expect(mariadb?.statementLimit(15_000)).toBe('max_statement_time = 15')
    expect(mysql?.statementLimit(15_000)).toBe('max_execution_time = 15000')
  })
})
