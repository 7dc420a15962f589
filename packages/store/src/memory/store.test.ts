import { describe, expect, it } from 'vitest'
import { writeOf } from '../../test/rows.ts'
import { memory } from './store.ts'

describe('a store in memory that coordinators of one process share', () => {
  it('keeps its rows and the incarnations of others when one of them opens or closes it', async () => {
    const store = memory()
    await store.open()
    await store.write([writeOf()])
    await store.register('first', 60_000)
    await store.open()
    await store.close()
    expect((await store.read(['order-17']))[0]?.version).toBe(1)
    expect((await store.heartbeat('first', 60_000)).alive).toBe(true)
  })

  it('says that the end of the process loses everything', () => {
    expect(memory().weaknesses.join()).toMatch(/in memory only/)
  })

  it('has a time that stands still while its clock is behind', async () => {
    let now = 1_000
    const store = memory({ now: () => now })
    expect(await store.register('a', 100)).toEqual({ now: 1_000 })
    now = 500
    expect(await store.heartbeat('a', 100)).toEqual({ alive: true, now: 1_000 })
    now = 1_050
    expect(await store.heartbeat('a', 100)).toEqual({ alive: true, now: 1_050 })
  })

  it('answers without waiting for anything but its caller’s turn', async () => {
    const store = memory()
    const order: string[] = []
    setImmediate(() => order.push('next turn'))
    await store.write([writeOf()])
    await store.list({})
    order.push('answered')
    await new Promise((resolve) => setImmediate(resolve))
    expect(order).toEqual(['answered', 'next turn'])
  })
})
