export type { BrokerFaults } from './faults.ts'
export {
  CLOSE_MAX_MS,
  type MemoryBroker,
  type MemoryBrokerOptions,
  memoryBroker,
  SETTLED_MAX_MS,
} from './memory-broker.ts'
export { MESSAGE_MAX_BYTES } from './topics.ts'
