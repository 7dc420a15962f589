/** Databases and message brokers for tests, benches and examples: of the environment, or started here and gone afterwards. */
export { NOTES_VARIABLE, type ServerNote } from './note.ts'
export { prepareServers } from './prepare.ts'
export { type RedisCluster, startRedisCluster } from './redis/cluster.ts'
export type { Origin, OwnServer, ServerKind, ServerOptions, TestServer } from './server.ts'
export { testKafka, testMariadb, testPostgres, testRedis } from './shared.ts'
export { startKafka, startMariadb, startPostgres, startRedis } from './start.ts'
