export { kafkaBroker } from './broker.ts'
export * from './limits.ts'
export type { KafkaBrokerOptions } from './options.ts'
