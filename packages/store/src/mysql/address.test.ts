import { isAssentError } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { addressOf } from './address.ts'

/** What was said when it was refused. */
function refusalOf(url: string, tls?: object): string {
  try {
    addressOf(url, tls)
  } catch (error) {
    if (isAssentError(error) && error.code === 'STORE_INVALID') return error.message
    throw error
  }
  return expect.unreachable('it was taken')
}

describe('the URL of a MySQL server', () => {
  it('names server, account and database, with what can not stand in a URL percent-encoded', () => {
    expect(addressOf('mysql://us%2Fer:p%40ss%25w@db.example:3307/shop', undefined)).toEqual({
      where: 'MySQL at db.example:3307, database shop, as us/er',
      host: 'db.example',
      port: 3307,
      user: 'us/er',
      password: 'p@ss%w',
      database: 'shop',
      tls: undefined,
    })
    expect(addressOf('mariadb://u@[::1]/a', undefined)).toMatchObject({
      host: '::1',
      port: 3306,
      password: '',
    })
    expect(addressOf('mysql://u:100%@host/a', undefined).password).toBe('100%')
  })

  it('is refused when it is another kind of URL or names no database, and its password is not repeated', () => {
    for (const url of [
      'postgres://u:hunter2@h/d',
      'mysql://u:hunter2@h',
      'mysql://u:hunter2@h/',
      'u:hunter2@tcp(h)/d',
    ]) {
      expect(refusalOf(url)).toMatch(/its URL can not be read; it must be such as mysql:/)
      expect(refusalOf(url)).not.toContain('hunter2')
    }
    expect(refusalOf('mysql://u:hunter2@h/d?useSSL=true')).toContain('says useSSL; nothing but ssl-mode')
  })

  it('settles TLS, which verifies the certificate and the name in it', () => {
    for (const mode of ['VERIFY_IDENTITY', 'required', 'VERIFY_CA', 'PREFERRED']) {
      const { tls } = addressOf(`mysql://u@db.example/d?ssl-mode=${mode}`, undefined)
      expect(tls?.servername).toBe('db.example')
      expect(tls?.rejectUnauthorized).toBeUndefined()
      const other = { subject: { CN: 'other.example' }, subjectaltname: 'DNS:other.example' }
      expect(tls?.checkServerIdentity?.('localhost', other as never)?.message).toContain('db.example')
    }
    expect(addressOf('mysql://u@h/d?ssl-mode=DISABLED', undefined).tls).toBeUndefined()
    expect(addressOf('mysql://u@127.0.0.1/d', { ca: 'PEM' }).tls).toMatchObject({ ca: 'PEM' })
    expect(addressOf('mysql://u@127.0.0.1/d', { ca: 'PEM' }).tls).not.toHaveProperty('servername')
    expect(refusalOf('mysql://u@h/d?ssl-mode=maybe')).toContain('VERIFY_IDENTITY')
    expect(refusalOf('mysql://u@h/d?ssl-mode=DISABLED', { ca: 'PEM' })).toContain('say it once')
  })
})
