/** What everyone who meets Assent needs: definitions, `open()` and `connect()`, and its words, errors and limits. */
export * from '@assent/client'
export * from '@assent/contract'
export { type Embedded, type OpenOptions, open } from './embedded/open.ts'
