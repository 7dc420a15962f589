import { describe, expect, it } from 'vitest'
import * as mysql from './mysql/identifier.ts'
import * as postgres from './postgres/identifier.ts'
import { serviceName } from './service-name.ts'

const LONGEST = 'x'.repeat(64)
const BRANCH = { gid: 'order-1', branchId: '01' }
/** PostgreSQL takes names of less than 200 bytes. */
const POSTGRES_NAME_MAX = 199

describe("a prepared transaction's name in PostgreSQL", () => {
  it('says service, gid and branch, and is read back', () => {
    const name = postgres.identifierOf('accounts', BRANCH)
    expect(name).toBe('assent:accounts:order-1:01')
    expect(postgres.branchOf('accounts', name)).toEqual(BRANCH)
  })

  it('finds room, however long they are', () => {
    const name = postgres.identifierOf('y'.repeat(32), { gid: LONGEST, branchId: LONGEST })
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(POSTGRES_NAME_MAX)
  })

  it.each(['', 'order-1', 'assent:accounts2:order-1:01', 'assent:accounts:a:b:c', "assent:accounts:a:'"])(
    'is told from another: %j',
    (name) => {
      expect(postgres.branchOf('accounts', name)).toBeUndefined()
    },
  )
})

describe("a prepared transaction's name in MySQL", () => {
  const tag = mysql.tagOf('accounts', 'bank')
  const listed = (data: string, gtrid = 7, format: unknown = 0x41535354) => ({
    formatID: format,
    gtrid_length: BigInt(gtrid),
    bqual_length: data.length - gtrid,
    data: Buffer.from(data),
  })

  it('says gid and branch, and is read back from what XA RECOVER lists', () => {
    expect(mysql.identifierOf(tag, BRANCH)).toBe(`'order-1','${tag}.01',1095979860`)
    expect(mysql.branchOf(tag, listed(`order-1${tag}.01`))).toEqual(BRANCH)
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
    const branch = { gid: LONGEST, branchId: 'b'.repeat(mysql.BRANCH_ID_MAX_LENGTH) }
    const [gtrid = '', bqual = ''] = mysql.identifierOf(tag, branch).split(',')
    expect([gtrid.length, bqual.length]).toEqual([64 + 2, 64 + 2])
    expect(() => mysql.identifierOf(tag, { ...branch, branchId: `${branch.branchId}b` })).toThrow(TypeError)
  })

  it('is told from others', () => {
    expect(mysql.branchOf(tag, listed(`order-1${tag}.01`, 7, 1))).toBeUndefined()
    expect(mysql.branchOf(tag, listed('order-10123456789.01'))).toBeUndefined()
    expect(mysql.branchOf(tag, listed(`order'1${tag}.01`))).toBeUndefined()
    expect(mysql.branchOf(tag, { ...listed(`order-1${tag}.01`), bqual_length: 4 })).toBeUndefined()
  })
})

describe('a name', () => {
  it.each(["o'clock", 'a/b', '', 'x'.repeat(65), 'a:b', 'ä'])('is never made of %j', (id) => {
    for (const branch of [
      { ...BRANCH, gid: id },
      { ...BRANCH, branchId: id },
    ]) {
      expect(() => postgres.identifierOf('accounts', branch)).toThrow(TypeError)
      expect(() => mysql.identifierOf('0123456789', branch)).toThrow(TypeError)
    }
  })

  it.each(['', 'Accounts', 'a:b', "a'", 'x'.repeat(33)])('of a service is not %j', (service) => {
    expect(() => serviceName(service)).toThrow('no name for a service')
  })
})
