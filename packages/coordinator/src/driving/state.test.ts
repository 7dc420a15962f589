import { DEFAULT_OPTIONS, type RunRequest } from '@assent/contract'
import { advance, run, type Transaction } from '@assent/engine'
import { describe, expect, it } from 'vitest'
import { readState, writeState } from './state.ts'

const rules = { schemes: new Set(['test:']), allows: () => true }

function accepted(request: RunRequest, options = DEFAULT_OPTIONS): Transaction {
  return run(request, { gid: 'g', now: 1_000, content: '', application: '', defaults: options, rules })
}

const again = (transaction: Transaction): Transaction =>
  readState({ gid: transaction.gid, state: writeState(transaction) })

/** As any JSON store would give it back. */
const plain = (transaction: Transaction): unknown => JSON.parse(JSON.stringify(transaction))

describe('the stored state', () => {
  const branches = [
    {
      branchId: 'a',
      action: 'test:a',
      compensate: 'test:a/undo',
      payload: { labels: {}, tried: false, after: [] },
    },
    { branchId: 'b', action: 'test:b', after: ['a'], payload: { $result: 'a' }, retry: { maxAttempts: 3 } },
  ]

  it('is read back as it was, with all that is usual and all that is not', () => {
    const called = { type: 'called', calls: [{ branchId: 'a', op: 'action' }] } as const
    const states = [accepted({ branches: [] }), accepted({ branches })]
    states.push(
      advance(accepted({ branches, labels: { shop: 'x' }, payload: null }), called, 2_000).transaction,
    )
    const unusual = { ...DEFAULT_OPTIONS, order: 'sequential', parallelism: 3, headers: { a: 'b' } } as const
    states.push(accepted({ branches, name: 'n', version: 0, options: { retryIntervalMs: 1 } }, unusual))
    states.push(advance(accepted({ branches }), { type: 'abort-requested' }, 2_000).transaction)
    for (const state of states) expect(again(state)).toEqual(plain(state))
  })

  it('keeps an option that is not as usual, and leaves out those that are', () => {
    const text = writeState(accepted({ branches, options: { parallelism: 11 } }))
    expect(text).toContain('"parallelism":11')
    expect(text).not.toContain('timeoutToFailMs')
  })

  it('keeps what only looks like an empty value', () => {
    const state = { ...accepted({ branches }), application: '0', submitted: false, resultBytes: 1 }
    expect(again(state)).toEqual(plain(state))
  })

  it('is refused where it is damaged or of another form', () => {
    expect(() => readState({ gid: 'g', state: '{' })).toThrow(/damaged/)
    expect(() => readState({ gid: 'g', state: '{"form":2,"transaction":{}}' })).toThrow(/another version/)
    expect(() => readState({ gid: 'g', state: '{"form":1}' })).toThrow(/another version/)
  })
})
