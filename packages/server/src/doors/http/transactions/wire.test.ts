import { describe, expect, it } from 'vitest'
import {
  addedBranchFromWire,
  listQueryFromWire,
  reportFromWire,
  resolutionFromWire,
  runFromWire,
  startFromWire,
  waitMs,
} from './wire.ts'

describe('a request from the wire', () => {
  it('says every field in the words of the API', () => {
    expect(
      startFromWire({
        gid: 'g',
        mode: 'msg',
        name: 'transfer',
        version: 2,
        labels: { a: 'b' },
        payload: { x: [1] },
        query: 'http://q',
        options: {
          timeout_to_fail_ms: 1,
          abandon_after_ms: 2,
          request_timeout_ms: 3,
          retry_interval_ms: 4,
          retry_max_interval_ms: 5,
          attention_after_ms: 6,
          parallelism: 7,
          order: 'sequential',
          headers: { h: 'v' },
        },
      }),
    ).toEqual({
      gid: 'g',
      mode: 'message',
      name: 'transfer',
      version: 2,
      labels: { a: 'b' },
      payload: { x: [1] },
      query: 'http://q',
      options: {
        timeoutToFailMs: 1,
        abandonAfterMs: 2,
        requestTimeoutMs: 3,
        retryIntervalMs: 4,
        retryMaxIntervalMs: 5,
        attentionAfterMs: 6,
        parallelism: 7,
        order: 'sequential',
        headers: { h: 'v' },
      },
    })
    const branch = {
      action: 'http://a',
      compensate: 'http://b',
      confirm: 'http://c',
      cancel: 'http://d',
      commit: 'http://e',
      rollback: 'http://f',
      after: ['x'],
      pivot: true,
      payload: null,
      envelope: true,
      headers: { h: 'v' },
      method: 'PUT' as const,
    }
    expect(
      addedBranchFromWire({
        gid: 'g',
        branch_id: 'b',
        ...branch,
        driven_by: 'application',
        undo_payload: { u: 1 },
        timeout_ms: 8,
        retry: { interval_ms: 9, max_interval_ms: 10, max_attempts: 11 },
      }),
    ).toEqual({
      branchId: 'b',
      ...branch,
      drivenBy: 'application',
      undoPayload: { u: 1 },
      timeoutMs: 8,
      retry: { intervalMs: 9, maxIntervalMs: 10, maxAttempts: 11 },
    })
  })

  it('has no field that was not sent, so that its content is what the sender said', () => {
    expect(Object.keys(startFromWire({}))).toEqual([])
    expect(Object.keys(startFromWire({ options: {} }).options ?? {})).toEqual([])
    expect(Object.keys(addedBranchFromWire({ gid: 'g', branch_id: 'b' }))).toEqual(['branchId'])
    expect(Object.keys(listQueryFromWire({}))).toEqual([])
  })

  it('names branches by their place where they have no name', () => {
    const { branches } = runFromWire({ branches: [{}, { branch_id: 'x' }, {}] })
    expect(branches.map(({ branchId }) => branchId)).toEqual(['01', 'x', '03'])
    expect(runFromWire({ branches: Array(100).fill({}) }).branches.at(-1)?.branchId).toBe('100')
  })

  it('tells where a payload can not be kept', () => {
    const branches = [{}, { undo_payload: { amount: 2 ** 60 } }]
    expect(() => runFromWire({ branches })).toThrow('branches[1].undo_payload.amount is a number')
    expect(() => startFromWire({ payload: 2 ** 60 })).toThrow('payload is a number')
    expect(() => reportFromWire({ gid: 'g', branch_id: 'b', result: [2 ** 60] }, 'done')).toThrow('result[0]')
  })

  it('waits as asked, and by default not at all', () => {
    expect(waitMs(true)).toBe(30_000)
    expect(waitMs(250)).toBe(250)
    expect(waitMs(0)).toBe(0)
    expect(waitMs(false)).toBeUndefined()
    expect(waitMs(undefined)).toBeUndefined()
  })

  it('reports and resolves by branch and operation', () => {
    expect(
      reportFromWire({ gid: 'g', branch_id: 'b', op: 'try', result: 0, reason: 'r' }, 'refused'),
    ).toEqual({
      gid: 'g',
      branchId: 'b',
      op: 'try',
      outcome: 'refused',
      result: 0,
      reason: 'r',
    })
    expect(resolutionFromWire('g', { op: 'query', outcome: 'done', reason: 'seen' })).toEqual({
      gid: 'g',
      op: 'query',
      outcome: 'done',
      reason: 'seen',
    })
    expect(
      resolutionFromWire('g', { branch_id: 'b', op: 'undo' as never, outcome: 'done', reason: 'r' }),
    ).toHaveProperty('branchId', 'b')
  })

  it('splits a label at its first colon', () => {
    expect(listQueryFromWire({ label: 'url:http://x' }).label).toEqual({ key: 'url', value: 'http://x' })
    expect(listQueryFromWire({ label: 'empty:' }).label).toEqual({ key: 'empty', value: '' })
  })

  it('lists by every filter', () => {
    expect(
      listQueryFromWire({
        limit: 1,
        offset: 2,
        cursor: 'c',
        status: 'ABORTED',
        mode: 'msg',
        name: 'n',
        attention: false,
        created_after: 3,
        created_before: 4,
        gid_prefix: 'p',
      }),
    ).toEqual({
      limit: 1,
      offset: 2,
      cursor: 'c',
      status: 'ABORTED',
      mode: 'message',
      name: 'n',
      attention: false,
      createdAfter: 3,
      createdBefore: 4,
      gidPrefix: 'p',
    })
  })
})
