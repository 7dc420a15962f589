/** Transactions in memory: the end of the process loses them. */
export { type MemoryOptions, memory } from '@assent/store/memory'
