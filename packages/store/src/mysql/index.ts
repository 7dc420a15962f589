export { type MysqlOptions, mysql } from './store.ts'
