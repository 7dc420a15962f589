export { type PostgresOptions, postgres } from './store.ts'
