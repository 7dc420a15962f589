import { DatabaseSync } from 'node:sqlite'
import { AssentError, type RunRequest, type TransactionApi } from '@assent/contract'
import { answerQuery, BarrierUnavailable, MessageAborted, Refused, sqliteBarrier } from '@assent/participant'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { send } from './send.ts'

let database: DatabaseSync
let asked: string[]
let failing: Map<string, unknown>
let status: string
beforeEach(() => {
  database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE orders (id TEXT PRIMARY KEY) STRICT')
  asked = []
  failing = new Map()
  status = 'PREPARED'
})
afterEach(() => database.close())

/** A coordinator that notes what it is asked, and fails as the test says. */
const api = new Proxy({} as TransactionApi, {
  get: (_, method: string) => {
    if (method === 'newGid') return () => 'new-gid'
    return async ({ gid, branch }: { gid: string; branch?: { branchId: string } }) => {
      asked.push(branch === undefined ? method : `${method} ${branch.branchId}`)
      if (failing.has(method)) throw failing.get(method)
      return { gid, status: method === 'submit' ? 'COMMITTING' : status, repeated: status !== 'PREPARED' }
    }
  },
})

const message: RunRequest = {
  gid: 'order-17',
  mode: 'message',
  query: 'http://orders/query',
  branches: [
    { branchId: 'stock', action: 'http://stock' },
    { branchId: 'mail', action: 'http://mail' },
  ],
}
const sending = (more: () => void = () => {}) => {
  const barrier = sqliteBarrier(database)
  const work = (connection: DatabaseSync) => {
    asked.push('work')
    connection.prepare('INSERT INTO orders VALUES (?)').run('17')
    more()
    return { placed: '17' }
  }
  return { barrier, work }
}
const orders = () => database.prepare('SELECT count(*) AS number FROM orders').get()?.number
const standing = async () => (await answerQuery(sqliteBarrier(database), 'order-17')).outcome

describe('a message', () => {
  it('is prepared whole before its local part, and submitted behind it', async () => {
    expect(await send(api, message, sending())).toEqual({
      gid: 'order-17',
      result: { placed: '17' },
      status: 'COMMITTING',
      repeated: false,
    })
    expect(asked).toEqual(['start', 'addBranch stock', 'addBranch mail', 'work', 'submit'])
    expect(await standing()).toBe('done')
  })

  it('gets a gid where it has none', async () => {
    expect(await send(api, { ...message, gid: undefined } as RunRequest, sending())).toMatchObject({
      gid: 'new-gid',
    })
  })

  it('that is sent again is submitted again, and its local part answers what it answered', async () => {
    await send(api, message, sending())
    asked = []
    status = 'COMMITTED'
    expect(await send(api, message, sending())).toMatchObject({ result: { placed: '17' }, repeated: true })
    expect(asked).toEqual(['start', 'submit'])
    expect(orders()).toBe(1)
  })

  it('that can not be prepared leaves the local part alone', async () => {
    failing.set('addBranch', new AssentError('STORE_UNAVAILABLE', 'away'))
    await expect(send(api, message, sending())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(asked).toEqual(['start', 'addBranch stock'])
    expect(orders()).toBe(0)
  })

  it.each(['ABORTING', 'ABORTED'])('that is %s already leaves the local part alone', async (aborted) => {
    status = aborted
    await expect(send(api, message, sending())).rejects.toBeInstanceOf(MessageAborted)
    expect(orders()).toBe(0)
  })

  it('that was given up by its query leaves nothing of the local part', async () => {
    await answerQuery(sqliteBarrier(database), 'order-17')
    await expect(send(api, message, sending())).rejects.toBeInstanceOf(MessageAborted)
    expect(orders()).toBe(0)
  })
})

describe('a local part that fails', () => {
  it.each([
    ['refuses', new Refused('CLOSED')],
    ['throws', new Error('out of paper')],
  ])('because it %s gives the message up at once and for good', async (_how, thrown) => {
    const failed = send(
      api,
      message,
      sending(() => {
        throw thrown
      }),
    )
    await expect(failed).rejects.toThrow(thrown.message)
    expect(asked.at(-1)).toBe('abort')
    expect(await standing()).toBe('refused')
    expect(orders()).toBe(0)
  })

  it('throws its own error though the coordinator can not be told', async () => {
    failing.set('abort', new AssentError('STORE_UNAVAILABLE', 'away'))
    const failed = send(
      api,
      message,
      sending(() => {
        throw new Error('out of paper')
      }),
    )
    await expect(failed).rejects.toThrow('out of paper')
    expect(await standing()).toBe('refused')
  })

  it('because its database was busy gives nothing up: the same may be sent again', async () => {
    const { barrier, work } = sending()
    const busy = { run: () => Promise.reject(new BarrierUnavailable('locked')) }
    await expect(send(api, message, { barrier: busy, work })).rejects.toBeInstanceOf(BarrierUnavailable)
    expect(asked).not.toContain('abort')
    expect(await send(api, message, { barrier, work })).toMatchObject({ repeated: false })
  })

  it('only by the answer of its commit, which got lost, is done all the same', async () => {
    const { barrier, work } = sending()
    let isFirst = true
    const losing: typeof barrier = Object.create(barrier, {
      run: {
        value: async (...call: Parameters<typeof barrier.run>) => {
          const answer = await barrier.run(...call)
          if (!isFirst) return answer
          isFirst = false
          throw new Error('connection lost')
        },
      },
    })
    expect(await send(api, message, { barrier: losing, work })).toMatchObject({
      result: { placed: '17' },
      status: 'COMMITTING',
    })
    expect(asked).not.toContain('abort')
  })
})

describe('a submit that fails', () => {
  it('leaves it to the coordinator to ask, and the message counts as sent', async () => {
    failing.set('submit', new AssentError('STORE_UNAVAILABLE', 'away'))
    expect(await send(api, message, sending())).toMatchObject({ status: 'PREPARED' })
    expect(await standing()).toBe('done')
  })

  it('because somebody has aborted the transaction by hand is told', async () => {
    failing.set('submit', new AssentError('INVALID_STATUS_TRANSITION', 'aborted'))
    await expect(send(api, message, sending())).rejects.toMatchObject({ code: 'INVALID_STATUS_TRANSITION' })
  })
})
