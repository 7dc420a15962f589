/** Transactions in Redis or Valkey, or in a cluster of them. Needs the driver: `npm install redis`. */
export { type RedisOptions, redis } from '@assent/store/redis'
