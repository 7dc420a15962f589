export { type MemoryOptions, memory } from './store.ts'
