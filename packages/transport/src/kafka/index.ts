export * from './limits.ts'
export { type KafkaOptions, kafka } from './transport.ts'
