import { describe, expect, it } from 'vitest'
import { addressOf } from './address.ts'

const URL_OF = 'postgres://me:s3cr%40t@db.example:6543/shop'

/** The mode that the driver is given. */
function modeOf(parameters: string): string | null {
  return new URL(
    addressOf(`${URL_OF}?${parameters}`, undefined).config.connectionString ?? '',
  ).searchParams.get('sslmode')
}

function refusal(url: string, tls?: object): string {
  try {
    addressOf(url, tls)
  } catch (error) {
    expect(error).toMatchObject({ code: 'STORE_INVALID' })
    expect(String(error)).not.toContain('s3cr')
    return String(error)
  }
  return expect.unreachable('it was taken')
}

describe('the address of a server', () => {
  it('is shown with account and database, and without the password', () => {
    expect(addressOf(URL_OF, undefined).where).toBe('PostgreSQL at db.example:6543, database shop, as me')
  })

  it('is refused when it is no URL, without repeating it', () => {
    for (const url of [
      '',
      'host=db password=s3cr@t',
      'mysql://me:s3cr@db/shop',
      'postgres//me:s3cr@db/shop',
    ]) {
      expect(refusal(url)).toMatch(
        /its URL can not be read; it must be such as postgres:\/\/user:password@host/,
      )
    }
  })

  it('is refused when a file that it names is not there', () => {
    expect(refusal(`${URL_OF}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem`)).toMatch(
      /ENOENT.*\/nowhere\/ca\.pem.*; correct its URL, or the files that it names/,
    )
  })
})

describe('TLS', () => {
  it('verifies certificate and name in every mode that asks for TLS, unless weaker meanings are asked for', () => {
    for (const mode of ['prefer', 'require', 'verify-ca', 'verify-full']) {
      expect(modeOf(`sslmode=${mode}`)).toBe('verify-full')
      expect(modeOf(`sslmode=${mode}&uselibpqcompat=true&sslrootcert=${import.meta.filename}`)).toBe(mode)
    }
    expect(modeOf('sslmode=no-verify')).toBe('no-verify')
    expect(modeOf('sslmode=disable')).toBe('disable')
    expect(modeOf('')).toBe(null)
  })

  it('that is given as an option is not undone by the URL', () => {
    const ca = 'a certificate'
    for (const parameters of ['', 'sslmode=require', 'sslmode=verify-full']) {
      const { config } = addressOf(`${URL_OF}?${parameters}`, { ca })
      expect(config.ssl).toEqual({ ca })
      expect(config.connectionString).not.toContain('ssl')
    }
    for (const parameters of ['sslmode=disable', 'sslmode=no-verify', 'ssl=0', 'sslrootcert=/ca.pem']) {
      expect(refusal(`${URL_OF}?${parameters}`, { ca })).toContain(
        `its URL says ${parameters} besides; say it once`,
      )
    }
  })
})
