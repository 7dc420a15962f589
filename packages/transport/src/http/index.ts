export { allowedBy } from '../allowed.ts'
export * from './limits.ts'
export { type HttpOptions, http } from './transport.ts'
