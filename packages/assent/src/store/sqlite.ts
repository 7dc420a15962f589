/** Transactions in one SQLite file, for one process; nothing to install. */
export { type SqliteOptions, sqlite } from '@assent/store/sqlite'
