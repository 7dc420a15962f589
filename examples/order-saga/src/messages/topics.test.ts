import { expect, it } from 'vitest'
import { TOPICS, topicOfEvent } from './topics.ts'

it.each([
  ['OrderCreated', 'order-events'],
  ['OrderCancelled', 'order-events'],
  ['PaymentRefunded', 'payment-events'],
  ['InventoryReserved', 'inventory-events'],
  ['ParcelSent', 'domain-events'],
])('%s goes to %s, which is created', (type, topic) => {
  expect(topicOfEvent(type)).toBe(topic)
  expect(TOPICS).toContainEqual({ topic, partitions: 3 })
})
