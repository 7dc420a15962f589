/** Transactions in PostgreSQL, for any number of processes. Needs the driver: `npm install pg`. */
export { type PostgresOptions, postgres } from '@assent/store/postgres'
