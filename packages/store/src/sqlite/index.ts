export { type SqliteOptions, sqlite } from './store.ts'
