/** What is left when everything has come to rest: what customers were told, and what the three databases and the topics hold. */
export interface Evidence {
  /** Orders whose POST was answered 200, and what was told of them since. */
  told: readonly Told[]
  orders: readonly OrderRow[]
  sagas: readonly SagaRow[]
  payments: readonly PaymentRow[]
  stock: readonly StockRow[]
  reservations: readonly ReservationRow[]
  /** The rows of every outbox. */
  events: readonly EventRow[]
  /** The messages of every topic of events. */
  published: readonly PublishedEvent[]
  /** Messages in each dead-letter topic, and those that it must hold. */
  deadLetters: readonly DeadLetters[]
  /** What commands that were sent once more after all had ended were answered, beside their first answer. */
  repeats: readonly Repeat[]
}

export interface Told {
  orderId: string
  /** Ends that a customer was told, in the order in which he was. */
  ends: string[]
}

export interface OrderRow {
  id: string
  productId: string
  quantity: number
  /** A decimal, as the database writes it. */
  amount: string
  status: string
}

export interface SagaRow {
  id: string
  orderId: string
  status: string
  /** Null where none has failed. */
  failedStep: string | null
}

export interface PaymentRow {
  orderId: string
  amount: string
  status: string
}

export interface StockRow {
  productId: string
  /** What was there before the first order. */
  seeded: number
  available: number
  reserved: number
}

export interface ReservationRow {
  productId: string
  orderId: string
  quantity: number
  status: string
}

export interface EventRow {
  database: string
  id: string
  /** The order. */
  orderId: string
  type: string
  processed: boolean
  /** Where it stands among the events of its order. */
  position: number
}

/** A message in a topic of events, in the order in which those of one partition stand. */
export interface PublishedEvent {
  topic: string
  id: string
}

export interface DeadLetters {
  topic: string
  /** Values of the messages that are there. */
  found: readonly string[]
  /** Values of the unreadable messages that were sent to where it belongs to. */
  expected: readonly string[]
}

export interface Repeat {
  /** Such as `ProcessPayment of 018f…`. */
  what: string
  first: string
  again: string
}
