import { expect, it, vi } from 'vitest'
import { kafkaBroker } from './broker.ts'
import { GroupSubscription } from './group-subscription.ts'

it('a broker forgets a subscription that was closed', async () => {
  const close = vi.spyOn(GroupSubscription.prototype, 'close')
  const broker = kafkaBroker({ brokers: '127.0.0.1:1' })
  const asked = { topics: ['orders'], onError() {}, async handle() {} }
  const [closed, open] = await Promise.all([
    broker.subscribe({ ...asked, group: 'closed' }),
    broker.subscribe({ ...asked, group: 'open' }),
  ])
  await closed.close()
  await broker.close()
  expect(close.mock.contexts).toEqual([closed, open])
})
