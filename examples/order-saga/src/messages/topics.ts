/** Commands to each service, and the replies to all of them. */
export const COMMANDS = {
  order: 'order-service-commands',
  payment: 'payment-service-commands',
  inventory: 'inventory-service-commands',
} as const
export const REPLIES = 'order-replies'

/** What has happened, for whoever wants to know. */
export const EVENTS = {
  order: 'order-events',
  payment: 'payment-events',
  inventory: 'inventory-events',
  other: 'domain-events',
} as const

/** Messages of one order keep their order, because the order's id is the key of them all. */
const PARTITIONS = 3

/** Every service creates those that are missing, whichever starts first. Who reads a topic creates that of its dead letters. */
export const TOPICS = [...Object.values(COMMANDS), REPLIES, ...Object.values(EVENTS)].map((topic) => ({
  topic,
  partitions: PARTITIONS,
}))

/** Where an event goes, by the word that its type begins with. */
export function topicOfEvent(type: string): string {
  if (type.startsWith('Order')) return EVENTS.order
  if (type.startsWith('Payment')) return EVENTS.payment
  if (type.startsWith('Inventory')) return EVENTS.inventory
  return EVENTS.other
}
