export { Deliveries, type DeliveriesOptions, type Delivery, writeError } from './deliveries.ts'
export { HeldPartition } from './held-partition.ts'
export * from './limits.ts'
