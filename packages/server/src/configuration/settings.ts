import { DEFAULT_OPTIONS, OPTION_BOUNDS } from '@assent/contract'
import { databaseUrl, databaseUrls } from './database-urls.ts'
import { brokers, isTopicOrigin, topic } from './kafka.ts'
import { flag, number, origins, seconds, setting, text, word, words } from './kinds.ts'
import { password, secrets } from './secrets.ts'

/**
 * Everything that can be set, described once: its key in the file, its environment variables, its type, its
 * default and what it is for. The flags, the checks, `assent config` and docs/configuration.md come from here.
 *
 * The second argument is the name of its environment variable behind `ASSENT_` (or `SEATA_`), and of its flag.
 */

const DAY_SECONDS = 86_400
const secondsOf = ([least, most]: readonly [number, number]): [number, number] => [least / 1000, most / 1000]

export const STORE_TYPES = ['sqlite', 'memory', 'redis', 'mysql', 'postgres'] as const
export type StoreType = (typeof STORE_TYPES)[number]

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

export const SASL_MECHANISMS = ['none', 'plain', 'scram-sha-256', 'scram-sha-512'] as const

export const SETTINGS = {
  'server.http_host': setting(
    'HTTP_HOST',
    text('127.0.0.1'),
    'The address that the HTTP door listens on; 0.0.0.0 is all of them.',
  ),
  'server.http_port': setting(
    'HTTP_PORT',
    number(36_789, 0, 65_535),
    'The port of the HTTP door; 0 takes a free one.',
  ),
  'server.grpc_port': setting(
    'GRPC_PORT',
    number(36_790, 0, 65_535),
    'The port of the gRPC door, which this version does not have yet.',
  ),
  'server.cors_origins': setting(
    'CORS_ORIGINS',
    origins([], (origin) => origin === '*'),
    'Origins whose pages may call from a browser, such as https://shop.example; * is any.',
  ),
  'server.max_connections': setting(
    'MAX_CONNECTIONS',
    number(10_000, 1, 1_000_000),
    'Connections that the HTTP door holds at once; more are closed unheard.',
  ),
  'store.type': setting(
    'STORE',
    word(STORE_TYPES, 'sqlite', {
      sled: 'sqlite',
      postgresql: 'postgres',
      mariadb: 'mysql',
      valkey: 'redis',
    }),
    'Where transactions are kept. sled is taken as sqlite, postgresql as postgres, mariadb as mysql, valkey as redis; memory forgets everything when the process ends.',
  ),
  'store.data_dir': setting(
    'DATA_DIR',
    text('./data'),
    'The folder of the sqlite store. One process owns it.',
  ),
  'store.redis.url': setting(
    'REDIS_URL',
    databaseUrls(['redis://127.0.0.1/'], {
      schemes: ['redis:', 'rediss:'],
      example: 'redis://user:password@host:6379/0, or rediss:// for TLS',
    }),
    'Where Redis or Valkey is, for the store redis. Several URLs are nodes of one Redis Cluster, which name the rest of it.',
  ),
  'store.redis.prefix': setting(
    'REDIS_PREFIX',
    text('assent'),
    'What the names of all keys in Redis begin with, so that others may use the same server.',
  ),
  'store.redis.wait_aof': setting(
    'REDIS_WAIT_AOF',
    flag(false),
    'Whether each write asks Redis to have it on the disk (WAITAOF, from Redis 7.2): durable where appendfsync is everysec and may not be always, and slow.',
  ),
  'store.mysql.dsn': setting(
    'MYSQL_DSN',
    databaseUrl('mysql://127.0.0.1:3306/assent', {
      schemes: ['mysql:', 'mariadb:'],
      example: 'mysql://user:password@host:3306/assent',
    }),
    'Where MySQL or MariaDB is, and which database, for the store mysql.',
  ),
  'store.postgres.dsn': setting(
    'POSTGRES_DSN',
    databaseUrl('postgres://127.0.0.1:5432/assent', {
      schemes: ['postgres:', 'postgresql:'],
      example: 'postgres://user:password@host:5432/assent',
    }),
    'Where PostgreSQL is, and which database, for the store postgres.',
  ),
  'store.postgres.schema': setting(
    'POSTGRES_SCHEMA',
    text('assent'),
    'The schema that holds the tables in PostgreSQL; made when it is missing.',
  ),
  'store.tls_ca_file': setting(
    'STORE_TLS_CA_FILE',
    text(''),
    'A file with the certificates (PEM) of those who may vouch for the database server, which makes its connections TLS.',
  ),
  'store.max_open_conns': setting(
    'MAX_OPEN_CONNS',
    number(200, 1, 10_000),
    'Connections to PostgreSQL or MySQL at most. Unless it is set a store opens no more than 16: writes go in batches, and few connections are faster than many. Redis is spoken to over one.',
  ),
  'store.max_idle_conns': setting(
    'MAX_IDLE_CONNS',
    number(20, 0, 10_000),
    'Connections to PostgreSQL or MySQL that are kept while idle; 4 unless it is set.',
  ),
  'store.conn_max_life_time_minutes': setting(
    'CONN_MAX_LIFE_TIME_MINUTES',
    number(30, 1, 10_080),
    'When a connection to a database is replaced.',
    'minutes',
  ),
  'store.accept_weaknesses': setting(
    'STORE_ACCEPT_WEAKNESSES',
    words([]),
    'Ways in which the database may keep less than it acknowledged, by name. A database that is configured weakly is refused unless each of its weaknesses is listed; the refusal names them, and so does /ready.',
  ),
  'store.retention_secs': setting(
    'RETENTION_SECS',
    seconds(7 * DAY_SECONDS, 0, 3_650 * DAY_SECONDS),
    'How long an ended transaction can be read before only its tombstone is left.',
  ),
  'store.tombstone_secs': setting(
    'TOMBSTONE_SECS',
    seconds(60 * DAY_SECONDS, 60, 36_500 * DAY_SECONDS),
    'How long a gid stays known after that, so that it is not taken for a new one; longer than any participant keeps its barrier rows.',
  ),
  'exec.request_timeout_secs': setting(
    'REQUEST_TIMEOUT_SECS',
    seconds(DEFAULT_OPTIONS.requestTimeoutMs / 1000, ...secondsOf(OPTION_BOUNDS.requestTimeoutMs)),
    'How long one call to a branch may take, unless the transaction says otherwise.',
  ),
  'exec.retry_interval_secs': setting(
    'RETRY_INTERVAL_SECS',
    seconds(DEFAULT_OPTIONS.retryIntervalMs / 1000, ...secondsOf(OPTION_BOUNDS.retryIntervalMs)),
    'The first backoff, and the interval at which an ongoing call is asked again, unless the transaction says otherwise.',
  ),
  'exec.retry_max_interval_secs': setting(
    'RETRY_MAX_INTERVAL_SECS',
    seconds(DEFAULT_OPTIONS.retryMaxIntervalMs / 1000, ...secondsOf(OPTION_BOUNDS.retryMaxIntervalMs)),
    'The cap of the backoff, unless the transaction says otherwise.',
  ),
  'exec.timeout_to_fail_secs': setting(
    'TIMEOUT_TO_FAIL_SECS',
    seconds(DEFAULT_OPTIONS.timeoutToFailMs / 1000, ...secondsOf(OPTION_BOUNDS.timeoutToFailMs)),
    'The deadline of phase one, unless the transaction says otherwise.',
  ),
  'exec.attention_after_secs': setting(
    'ATTENTION_AFTER_SECS',
    seconds(DEFAULT_OPTIONS.attentionAfterMs / 1000, ...secondsOf(OPTION_BOUNDS.attentionAfterMs)),
    'How long a call that must finish may take before it is shown to an operator, unless the transaction says otherwise.',
  ),
  'exec.branch_parallelism': setting(
    'BRANCH_PARALLELISM',
    number(DEFAULT_OPTIONS.parallelism, ...OPTION_BOUNDS.parallelism),
    'Calls of one transaction in flight at once, unless the transaction says otherwise.',
  ),
  'exec.lease_secs': setting(
    'LEASE_SECS',
    seconds(10, 1, 3_600),
    'After how long without a sign of life the other coordinators on the same store take over what this one drives.',
  ),
  'exec.call_allow': setting(
    'CALL_ALLOW',
    origins([], isTopicOrigin),
    'Origins that branches may name, such as https://bank.example:8443, and topics of commands, such as kafka:payment-service-commands; any when empty.',
  ),
  'exec.call_secret': setting(
    'CALL_SECRET',
    secrets(),
    'Signs every call, so that services which hold the same secret know who calls; calls go unsigned when it is empty. Several sign each call while services are given a new one. Name it in the environment: others can read the command line.',
  ),
  'kafka.brokers': setting(
    'KAFKA_BROKERS',
    brokers(),
    'The brokers of an Apache Kafka to begin with, such as kafka-1:9092,kafka-2:9092: with them, branches may be called by kafka: URLs. Needs the library: npm install @platformatic/kafka.',
    undefined,
    'KAFKA_BROKERS',
  ),
  'kafka.reply_topic': setting(
    'KAFKA_REPLY_TOPIC',
    topic('assent-replies'),
    'The topic in which services reply: one for all coordinators on one store, and for no others. It is made when it is missing, and so is the one of its dead letters, which has -dead-letters behind the name.',
  ),
  'kafka.reply_group': setting(
    'KAFKA_REPLY_GROUP',
    text('assent-replies'),
    'The consumer group as which these coordinators share the replies.',
  ),
  'kafka.client_id': setting('KAFKA_CLIENT_ID', text('assent'), 'The name that brokers log of this server.'),
  'kafka.tls': setting(
    'KAFKA_TLS',
    flag(false),
    'Whether the brokers are spoken to over TLS; kafka.tls_ca_file implies it.',
  ),
  'kafka.tls_ca_file': setting(
    'KAFKA_TLS_CA_FILE',
    text(''),
    'A file with the certificates (PEM) of those who may vouch for the brokers, where the system does not know them.',
  ),
  'kafka.sasl_mechanism': setting(
    'KAFKA_SASL_MECHANISM',
    word(SASL_MECHANISMS, 'none'),
    'How this server says to the brokers who it is, by kafka.sasl_username and kafka.sasl_password.',
  ),
  'kafka.sasl_username': setting(
    'KAFKA_SASL_USERNAME',
    text(''),
    'The account of this server at the brokers.',
  ),
  'kafka.sasl_password': setting(
    'KAFKA_SASL_PASSWORD',
    password(),
    'The password of that account. Name it in the environment: others can read the command line.',
  ),
  'log.level': setting(
    'LOG_LEVEL',
    word(LOG_LEVELS, 'info'),
    'The least that is logged. A transaction that goes its way is logged at debug only.',
  ),
  'log.audit': setting(
    'AUDIT',
    flag(true),
    'Whether each changing request is logged with who asked, what for, which gid and which result.',
  ),
} as const

export type Key = keyof typeof SETTINGS

export const KEYS = Object.keys(SETTINGS) as Key[]

/** The settled values by key. */
export type Values = { readonly [Name in Key]: (typeof SETTINGS)[Name]['kind']['initial'] }
