import { AssentError, type Standing, type TransactionApi } from '@assent/contract'
import { describe, expect, it, vi } from 'vitest'
import { unchecked } from '../definitions/schema.ts'
import { tcc } from '../definitions/tcc.ts'
import { assentOver } from './assent.ts'

const booking = tcc('booking', { version: 1, input: unchecked<null>() })
  .step('seat', { try: () => ({ seat: 7 }), confirm: () => null, cancel: () => null })
  .step('hotel', { try: () => null, confirm: () => null, cancel: () => null })

const COMMITTED: Standing = { gid: 'g', status: 'COMMITTED', repeated: false }

function held(answers: Partial<TransactionApi>) {
  const api = {
    start: vi.fn(async () => ({ gid: 'g', status: 'PREPARED', repeated: false })),
    tryBranch: vi.fn(async () => ({ outcome: 'done', status: 'SUCCEED', result: { seat: 7 } })),
    addBranch: vi.fn(async () => ({})),
    submit: vi.fn(async () => COMMITTED),
    abort: vi.fn(async () => ({ ...COMMITTED, status: 'ABORTING' })),
    ...answers,
  } as unknown as TransactionApi & Record<'abort' | 'addBranch', ReturnType<typeof vi.fn>>
  const assent = assentOver(api, { definitions: [booking], address: 'local:' })
  return { api, begin: () => assent.begin(booking, null) }
}

const away = async () => {
  throw new AssentError('STORE_UNAVAILABLE', 'no answer')
}

describe('a transaction that is held', () => {
  it('is not submitted while nobody knows whether a step is registered', async () => {
    const tryBranch = vi.fn(away) as never
    const { begin, api } = held({ tryBranch })
    {
      await using trip = await begin()
      await expect(trip.try('seat')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      await expect(trip.submit()).rejects.toMatchObject({
        code: 'BRANCH_UNDECIDED',
        details: { branches: [{ branch_id: 'seat' }] },
      })
    }
    expect(api.addBranch).not.toHaveBeenCalled()
    expect(api.abort).toHaveBeenCalledExactlyOnceWith({ gid: 'g', reason: 'LEFT_EARLY' })
  })

  it('has the steps that were not tried added, and is left alone once it is submitted', async () => {
    const { begin, api } = held({})
    {
      await using trip = await begin()
      expect(await trip.try('seat')).toEqual({ seat: 7 })
      expect(await trip.submit()).toMatchObject({ status: 'COMMITTED' })
    }
    expect(api.addBranch).toHaveBeenCalledExactlyOnceWith({
      gid: 'g',
      branch: expect.objectContaining({ branchId: 'hotel', after: ['seat'] }),
    })
    expect(api.abort).not.toHaveBeenCalled()
  })

  it('is aborted when its submit was turned down, and left alone when that may have been kept', async () => {
    const leave = async (submit: TransactionApi['submit']) => {
      const { begin, api } = held({ submit })
      const use = async () => {
        await using trip = await begin()
        await trip.submit()
      }
      await expect(use()).rejects.toBeInstanceOf(AssentError)
      return api.abort
    }
    const turnedDown = await leave(async () => {
      throw new AssentError('BRANCH_UNDECIDED', 'not all')
    })
    expect(turnedDown).toHaveBeenCalledOnce()
    expect(await leave(away)).not.toHaveBeenCalled()
  })

  it('tells a step that was refused from one that was not answered', async () => {
    const tryBranch = async () => {
      throw new AssentError('BRANCH_REFUSED', 'no')
    }
    const { begin } = held({ tryBranch })
    const trip = await begin()
    await expect(trip.try('seat')).rejects.toMatchObject({ code: 'BRANCH_REFUSED' })
    await expect(trip.submit()).rejects.toThrow('step seat was refused: abort')
  })

  it('is none, where the transaction has been decided before', async () => {
    const start = async () => ({ gid: 'g', status: 'ABORTED' as const, repeated: true })
    await expect(held({ start }).begin()).rejects.toMatchObject({ code: 'INVALID_STATUS_TRANSITION' })
  })

  it('can be left while the coordinator is away: its deadline aborts it', async () => {
    const { begin } = held({ abort: away })
    const leave = async () => {
      await using _trip = await begin()
    }
    await expect(leave()).resolves.toBeUndefined()
  })

  it('reads by name what was tried before it, for nothing is settled before the submit', async () => {
    const tryBranch = vi.fn(async () => ({ outcome: 'ongoing', status: 'ONGOING' })) as never
    const { begin } = held({ tryBranch })
    const trip = await begin()
    await expect(trip.try('hotel')).rejects.toMatchObject({ code: 'BRANCH_UNDECIDED' })
    expect(tryBranch).toHaveBeenCalledExactlyOnceWith({
      gid: 'g',
      branch: expect.objectContaining({ branchId: 'hotel', reads: ['seat'] }),
    })
    await expect(trip.submit()).resolves.toMatchObject({ status: 'COMMITTED' })
  })
})
