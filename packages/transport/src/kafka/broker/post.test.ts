import { BrokerUnavailable, MessageInvalid } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { REQUEST_MAX_BYTES } from './limits.ts'
import { Post } from './post.ts'
import { type Parcel, Sending } from './sending.ts'

const TIMEOUT_MS = 5_000
const tooLarge = Object.assign(new Error('too large'), { apiId: 'MESSAGE_TOO_LARGE' })

function parcel(value: string, bytes = 100, timeoutMs = TIMEOUT_MS): Parcel {
  const sending = new Sending(1, timeoutMs)
  sending.kept.catch(() => {})
  return { record: { topic: 'orders', value: Buffer.from(value) }, bytes, sending }
}

const valuesOf = (parcels: readonly Parcel[]) => parcels.map(({ record }) => record.value?.toString())

/** A post that notes its requests, each ended by hand. */
function handPost() {
  const requests: (string | undefined)[][] = []
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = []
  const post = new Post((parcels) => {
    requests.push(valuesOf(parcels))
    return new Promise((resolve, reject) => ends.push({ resolve, reject }))
  })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return { post, requests, ends, turn }
}

describe('a post', () => {
  it('sends together what piles up while a request is under way, in order', async () => {
    const { post, requests, ends, turn } = handPost()
    post.add([parcel('1')])
    await turn()
    post.add([parcel('2')])
    post.add([parcel('3'), parcel('4')])
    await turn()
    expect(requests).toEqual([['1']])
    ends[0]?.resolve()
    await turn()
    expect(requests).toEqual([['1'], ['2', '3', '4']])
  })

  it('sends no more in one request than a broker takes, unless one message is larger', async () => {
    const { post, requests, ends, turn } = handPost()
    post.add([parcel('1', REQUEST_MAX_BYTES * 2), parcel('2'), parcel('3', REQUEST_MAX_BYTES)])
    await turn()
    ends[0]?.resolve()
    await turn()
    ends[1]?.resolve()
    await turn()
    expect(requests).toEqual([['1'], ['2'], ['3']])
  })

  it('does not send what nobody waits for any more', async () => {
    const { post, requests, ends, turn } = handPost()
    post.add([parcel('1')])
    await turn()
    const late = parcel('2', 100, 1)
    post.add([late, parcel('3')])
    await expect(late.sending.kept).rejects.toThrow(BrokerUnavailable)
    ends[0]?.resolve()
    await turn()
    expect(requests).toEqual([['1'], ['3']])
  })

  it('finds the one that is too large, and keeps the others', async () => {
    const post = new Post(async (parcels) => {
      if (valuesOf(parcels).includes('large')) throw tooLarge
    })
    const parcels = ['1', '2', 'large', '4', '5'].map((value) => parcel(value))
    post.add(parcels)
    const ended = await Promise.allSettled(parcels.map(({ sending }) => sending.kept))
    expect(ended.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ])
    await expect(parcels[2]?.sending.kept).rejects.toThrow(MessageInvalid)
  })

  it('says of a request that failed that it is not known, and goes on', async () => {
    const { post, requests, ends, turn } = handPost()
    const first = parcel('1')
    post.add([first])
    await turn()
    ends[0]?.reject(new Error('connection lost'))
    await expect(first.sending.kept).rejects.toThrow('sending: connection lost')
    post.add([parcel('2')])
    await turn()
    expect(requests).toEqual([['1'], ['2']])
  })
})

describe('a sending', () => {
  it('is kept when all its messages are, and ends once', async () => {
    const sending = new Sending(2, TIMEOUT_MS)
    sending.keep()
    expect(sending.hasEnded).toBe(false)
    sending.keep()
    sending.fail(new Error('too late'))
    await sending.kept
    expect(sending.hasEnded).toBe(true)
  })
})
