/** What a called service holds: the barrier, and handlers that put it before the service's own functions. */
export { isRefused, type Json, type Ongoing, ongoing, type Refusal, Refused } from '@assent/contract'
export type {
  Barrier,
  BarrierRows,
  Business,
  Completion,
  Effect,
  GidRows,
  Returned,
} from './barrier/barrier.ts'
export { BarrierUnavailable } from './barrier/barrier.ts'
export {
  type BarrierOperation,
  type Call,
  type CallId,
  mayRefuse,
  OPERATIONS_OF,
  originOf,
  placeOf,
} from './barrier/call.ts'
export {
  type Answer,
  type Decision,
  decide,
  type Found,
  repeated,
  type StoredAnswer,
} from './barrier/decision.ts'
export {
  type RedisBarrier,
  type RedisBarrierOptions,
  type RedisCallBusiness,
  type RedisEffect,
  redisBarrier,
} from './barrier/redis/barrier.ts'
export {
  type Given,
  type RedisBusiness,
  type RedisScript,
  redisScript,
  type Scripted,
} from './barrier/redis/business.ts'
export type { IoRedisClient, NodeRedisClient, RedisClient } from './barrier/redis/client.ts'
export { HalfDone } from './barrier/redis/failures.ts'
export { type SqlBarrierOptions, sqlBarrier } from './barrier/sql/barrier.ts'
export { type SqliteBarrierOptions, sqliteBarrier } from './barrier/sqlite/barrier.ts'
export type { SqliteDatabase, SqliteStatement } from './barrier/sqlite/database.ts'
export { type SqliteSession, sqliteSessionOf } from './barrier/sqlite/session.ts'
export { type AskOptions, askCoordinator } from './barrier/sweep/ask-coordinator.ts'
export {
  type AskEnded,
  SWEEP_GRACE_MS,
  type SweepOptions,
  type Swept,
  sweep,
  TOMBSTONE_LIFE_MS,
} from './barrier/sweep/sweep.ts'
export { barrierTable } from './barrier/table.ts'
export { BARRIER_TABLE } from './barrier/table-name.ts'
export type { Commands, CommandWork } from './commands/answer-command.ts'
export type { CommandCounts } from './commands/desk.ts'
export {
  type CommandService,
  type CommandServiceOptions,
  serveCommands,
} from './commands/serve-commands.ts'
export type {
  Database,
  Dialect,
  Isolation,
  Session,
  Statement,
  StatementResult,
} from './databases/database.ts'
export { type DrizzlePool, type DrizzleTransaction, drizzle } from './databases/drizzle.ts'
export { type KnexPool, type KnexTransaction, knex } from './databases/knex.ts'
export { type KyselyPool, type KyselyTransaction, kysely } from './databases/kysely.ts'
export { mariadb } from './databases/mariadb.ts'
export type { MysqlOptions } from './databases/mysql-connection.ts'
export { mysql2 } from './databases/mysql2.ts'
export { pg } from './databases/pg.ts'
export { postgresJs } from './databases/postgres-js.ts'
export { type PrismaOptions, type PrismaPool, type PrismaTransaction, prisma } from './databases/prisma.ts'
export { sessionOf } from './databases/session-of.ts'
export {
  type TypeormDataSource,
  type TypeormManager,
  type TypeormQueryRunner,
  typeorm,
} from './databases/typeorm.ts'
export {
  answerCall,
  CALL_BODY_MAX_BYTES,
  type Operations,
  type Participant,
  type Query,
  type Work,
} from './http/answer-call.ts'
export { type ExpressHandler, expressHandler } from './http/express.ts'
export { type FastifyHandler, fastifyHandler } from './http/fastify.ts'
export { admittingHandler, fetchHandler } from './http/fetch-handler.ts'
export { type ReadHeader, readCall, readQuery } from './http/headers.ts'
export { type HonoHandler, honoHandler } from './http/hono.ts'
export { type NestMiddleware, nestMiddleware } from './http/nest.ts'
export { type NodeHandler, nodeHandler } from './http/node-handler.ts'
export type { Admitted, HandlerOptions } from './http/received.ts'
export {
  definitionMissing,
  type Ending,
  failed,
  malformed,
  type Reply,
  replyTo,
  unavailable,
} from './http/reply.ts'
export type { FetchHandler, Service } from './http/service.ts'
export type { Verification } from './http/verification.ts'
export {
  answerQuery,
  MessageAborted,
  type QueriedBarrier,
  queryOf,
  runLocalPart,
  type SendingBarrier,
} from './message/message.ts'
export { deadEvents, retryDead } from './outbox/dead.ts'
export type { OutboxEvent } from './outbox/event.ts'
export { type OutboxLag, outboxLag } from './outbox/lag.ts'
export type { Listener, PgListener, PostgresJsListener } from './outbox/listening.ts'
export { type Outbox, type OutboxOptions, outbox } from './outbox/outbox.ts'
export {
  type Relay,
  type RelayCounters,
  type RelayedRound,
  type RelayOptions,
  relayOutbox,
} from './outbox/relay.ts'
export type { DeadEvent } from './outbox/rows.ts'
export { EVENT_ID_HEADER, EVENT_TYPE_HEADER, type TopicOf } from './outbox/sending.ts'
export { type OutboxSweepOptions, sweepOutbox } from './outbox/sweep.ts'
export { createOutbox, outboxTable } from './outbox/table.ts'
export { OUTBOX_TABLE } from './outbox/table-names.ts'
export { xaParticipant } from './xa/participant.ts'
export { XA_TABLE, xaMariadb, xaMysql2, xaPg } from './xa/resource.ts'
export { askStatuses, statusesOf } from './xa/sweep/ask-statuses.ts'
export {
  type AskStatuses,
  sweepXa,
  XA_SWEEP_GRACE_MS,
  type XaSweepOptions,
  type XaSwept,
} from './xa/sweep/sweep.ts'
export {
  IN_DOUBT_MAX,
  type InDoubt,
  LOCK_TIMEOUT_MS,
  type XaOptions,
  type XaResource,
} from './xa/xa.ts'
