import { describe, expect, it } from 'vitest'
import * as mysql from './mysql/identifier.ts'
import * as postgres from './postgres/identifier.ts'
import { serviceName } from './service-name.ts'
import { newToken } from './token.ts'

const LONGEST = 'x'.repeat(64)
const TOKEN = 'aB3_-x9Z'
const ATTEMPT = { gid: 'order-1', branchId: '01', token: TOKEN }
/** PostgreSQL takes names of less than 200 bytes. */
const POSTGRES_NAME_MAX = 199

describe("a prepared transaction's name in PostgreSQL", () => {
  it('says service, gid, branch and attempt, and is read back', () => {
    const name = postgres.identifierOf('accounts', ATTEMPT)
    expect(name).toBe(`assent:accounts:order-1:01:${TOKEN}`)
    expect(postgres.attemptOf('accounts', name)).toEqual(ATTEMPT)
  })

  it('finds room, however long they are', () => {
    const name = postgres.identifierOf('y'.repeat(32), { ...ATTEMPT, gid: LONGEST, branchId: LONGEST })
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(POSTGRES_NAME_MAX)
  })

  it.each([
    '',
    'order-1',
    'assent:accounts:a:b',
    'assent:accounts:a:b:c',
    `assent:accounts2:a:b:${TOKEN}`,
    `assent:accounts:a:b:${TOKEN}:c`,
    `assent:accounts:a:':${TOKEN}`,
  ])('is told from another: %j', (name) => {
    expect(postgres.attemptOf('accounts', name)).toBeUndefined()
  })
})

describe("a prepared transaction's name in MySQL", () => {
  const tag = mysql.tagOf('accounts', 'bank')
  const listed = (data: string, gtrid = 7, format: unknown = 0x41535354) => ({
    formatID: format,
    gtrid_length: BigInt(gtrid),
    bqual_length: data.length - gtrid,
    data: Buffer.from(data),
  })

  it('says gid, branch and attempt, and is read back from what XA RECOVER lists', () => {
    expect(mysql.identifierOf(tag, ATTEMPT)).toBe(`'order-1','${tag}.${TOKEN}.01',1095979860`)
    expect(mysql.attemptOf(tag, listed(`order-1${tag}.${TOKEN}.01`))).toEqual(ATTEMPT)
  })

  it('is another in each service and each database', () => {
    const tags = [
      tag,
      mysql.tagOf('accounts', 'bank2'),
      mysql.tagOf('account', 'sbank'),
      mysql.tagOf('audit', 'bank'),
    ]
    expect(new Set(tags).size).toBe(4)
  })

  it('finds room, however long they are', () => {
    const attempt = { ...ATTEMPT, gid: LONGEST, branchId: 'b'.repeat(mysql.BRANCH_ID_MAX_LENGTH) }
    const [gtrid = '', bqual = ''] = mysql.identifierOf(tag, attempt).split(',')
    expect([gtrid.length, bqual.length]).toEqual([64 + 2, 64 + 2])
    expect(() => mysql.identifierOf(tag, { ...attempt, branchId: `${attempt.branchId}b` })).toThrow(TypeError)
  })

  it('is told from others', () => {
    expect(mysql.attemptOf(tag, listed(`order-1${tag}.${TOKEN}.01`, 7, 1))).toBeUndefined()
    expect(mysql.attemptOf(tag, listed(`order-10123456789.${TOKEN}.01`))).toBeUndefined()
    expect(mysql.attemptOf(tag, listed(`order'1${tag}.${TOKEN}.01`))).toBeUndefined()
    expect(mysql.attemptOf(tag, { ...listed(`order-1${tag}.${TOKEN}.01`), bqual_length: 4 })).toBeUndefined()
    for (const rest of [`${tag}.01`, `${tag}.${TOKEN}`, `${tag}.${TOKEN}.01.02`, `${tag}.short.01`]) {
      expect(mysql.attemptOf(tag, listed(`order-1${rest}`))).toBeUndefined()
    }
  })
})

describe('a name', () => {
  it('has room for any token, and for nothing else that is put there', () => {
    expect(newToken()).not.toBe(newToken())
    const attempt = { ...ATTEMPT, token: newToken() }
    expect(postgres.attemptOf('accounts', postgres.identifierOf('accounts', attempt))).toEqual(attempt)
    for (const token of ['', "'; DROP --", `${TOKEN}x`]) {
      expect(() => postgres.identifierOf('accounts', { ...ATTEMPT, token })).toThrow(TypeError)
      expect(() => mysql.identifierOf('0123456789', { ...ATTEMPT, token })).toThrow(TypeError)
    }
  })

  it.each(["o'clock", 'a/b', '', 'x'.repeat(65), 'a:b', 'ä'])('is never made of %j', (id) => {
    for (const attempt of [
      { ...ATTEMPT, gid: id },
      { ...ATTEMPT, branchId: id },
    ]) {
      expect(() => postgres.identifierOf('accounts', attempt)).toThrow(TypeError)
      expect(() => mysql.identifierOf('0123456789', attempt)).toThrow(TypeError)
    }
  })

  it.each(['', 'Accounts', 'a:b', "a'", 'x'.repeat(33)])('of a service is not %j', (service) => {
    expect(() => serviceName(service)).toThrow('no name for a service')
  })
})
