export { localName } from './address.ts'
export type { LocalFunction, LocalFunctions, LocalRequest } from './function.ts'
export * from './limits.ts'
export { type LocalOptions, local } from './transport.ts'
