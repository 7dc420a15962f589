import { testPostgres } from '@assent/testkit/servers'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { literal } from './postgres-literals.ts'

/** Texts of whatever might end a literal early. */
const texts = fc.array(
  fc.oneof(
    fc.constantFrom("'", "''", '\\', "\\'", '\\x27', '\\047', '$$', '--', '/*', ';', '\n', '%', 'E', "U&'"),
    fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
  ),
)
/** Literals in one statement. */
const MANY = 100

// Each way in which a server may be told to read strings.
describe.each(['on', 'off'])('with standard_conforming_strings %s', (setting) => {
  let client: pg.Client
  let close: () => Promise<void>
  beforeAll(async () => {
    const server = await testPostgres()
    client = new pg.Client(server.url)
    await client.connect()
    await client.query(`SET standard_conforming_strings = ${setting}`)
    close = async () => {
      await client.end()
      await server.close()
    }
  })
  afterAll(() => close())

  it('a literal is read as the text that it was made of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: MANY }), async (parts) => {
        const values = parts.map((each) => each.join(''))
        const list = values.map((value) => `(${literal(value)}::text)`).join(', ')
        const { rows } = await client.query(`SELECT column1 AS value FROM (VALUES ${list}) AS given`)
        expect(rows.map(({ value }) => value)).toEqual(values.map((value) => value.toWellFormed()))
      }),
      { numRuns: 50 },
    )
  })

  it('bytes and numbers are read as what they were', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const { rows } = await client.query(
      `SELECT ${literal(bytes)} AS bytes, 1 -${literal(-5)} AS six, ${literal(2 ** 53 - 1)} AS most`,
    )
    expect(rows).toEqual([{ bytes, six: 6, most: String(2 ** 53 - 1) }])
  })
})
