import { afterEach, describe, expect, it, vi } from 'vitest'
import { GroupSubscription } from './group-subscription.ts'
import type { Library } from './library.ts'
import { CLOSE_STEP_MS } from './limits.ts'

const NOBODY = { brokers: '127.0.0.1:1' }
const ASKED = { topics: ['orders'], group: 'shop', onError() {}, async handle() {} }

afterEach(() => {
  vi.useRealTimers()
})

describe('a subscription that is closed before the library has loaded', () => {
  it('ends, and never joins its group', async () => {
    const Consumer = vi.fn()
    let load: (library: Library) => void = () => {}
    const library = new Promise<Library>((resolve) => {
      load = resolve
    })
    const subscription = new GroupSubscription(library, NOBODY, ASKED)
    const closed = subscription.close()
    load({ Consumer } as unknown as Library)
    await closed
    expect(Consumer).not.toHaveBeenCalled()
  })

  it('ends though the library never loads', async () => {
    vi.useFakeTimers()
    const subscription = new GroupSubscription(new Promise(() => {}), NOBODY, ASKED)
    const closed = subscription.close()
    await vi.advanceTimersByTimeAsync(CLOSE_STEP_MS)
    await closed
  })
})
