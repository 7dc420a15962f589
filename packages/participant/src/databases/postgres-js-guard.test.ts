import { expect, it, vi } from 'vitest'
import { guarded } from './postgres-js-guard.ts'

function transaction() {
  const sent: string[] = []
  const sql = Object.assign((text: string) => sent.push(text), {
    unsafe: (text: string) => sent.push(text),
    savepoint: async (work: (inner: (text: string) => unknown) => unknown) => work(sql),
    options: { max: 1 },
  })
  let isGone = false
  return {
    sent,
    sql: guarded(sql, () => isGone),
    lose: () => {
      isGone = true
    },
  }
}

it('lets everything through while the connection is there', async () => {
  const { sql, sent } = transaction()
  sql('one')
  sql.unsafe('two')
  await sql.savepoint((inner) => inner('three'))
  expect(sent).toEqual(['one', 'two', 'three'])
  expect(sql.options).toEqual({ max: 1 })
})

it('lets nothing through once it is gone', () => {
  const { sql, sent, lose } = transaction()
  lose()
  expect(() => sql('one')).toThrow('amid the transaction')
  expect(() => sql.unsafe('two')).toThrow('amid the transaction')
  expect(() => sql.savepoint(() => {})).toThrow('amid the transaction')
  expect(sent).toEqual([])
})

it('lets nothing through a savepoint that is open when it goes', async () => {
  const { sql, sent, lose } = transaction()
  const refused = vi.fn()
  await sql.savepoint((inner) => {
    inner('one')
    lose()
    try {
      inner('two')
    } catch (thrown) {
      refused(thrown)
    }
  })
  expect(sent).toEqual(['one'])
  expect(refused).toHaveBeenCalledOnce()
})
