import { AssentError, ERRORS, type ErrorCode } from '@assent/contract'
import Type from 'typebox'
import type { Behind, BrokerHealth, StoreHealth } from '../door.ts'
import type { Register } from './route.ts'

const Store = Type.Object({ kind: Type.String(), healthy: Type.Boolean(), latency_ms: Type.Number() })

const Broker = Type.Object(
  {
    kind: Type.Literal('kafka'),
    healthy: Type.Boolean(),
    reason: Type.Optional(Type.String()),
    latency_ms: Type.Number(),
  },
  {
    description:
      'where one is configured. While it is away the server takes work all the same: calls over it are unknown, and are made again',
  },
)

const Flag = (description: string) => Type.Union([Type.Boolean(), Type.Null()], { description })

const Health = Type.Object({
  status: Type.Enum(['healthy', 'unhealthy'], { type: 'string' }),
  timestamp: Type.String({ description: 'RFC 3339' }),
  version: Type.String(),
  database: Flag('whether the database answers; null when none is used'),
  redis: Flag('whether Redis answers; null when it is not used'),
  store: Store,
  broker: Type.Optional(Broker),
})

const Ready = Type.Object({
  status: Type.Enum(['ready', 'not_ready'], { type: 'string' }),
  reason: Type.Optional(Type.String()),
  store: Type.Object({
    kind: Type.String(),
    healthy: Type.Boolean(),
    weaknesses: Type.Array(Type.String(), { description: 'durability that was given up by name' }),
  }),
  broker: Type.Optional(Broker),
})

/** What a server says of itself. `stopping` is true from the moment it takes no new work. */
export function serverRoutes(register: Register, behind: Behind, stopping: () => boolean): void {
  registerHealth(register, behind, stopping)
  registerErrors(register)
  register({
    method: 'GET',
    path: '/metrics',
    tag: 'server',
    summary: 'Metrics for Prometheus',
    answers: { 200: { description: 'Prometheus text', contentType: 'text/plain' } },
    long: true,
    async handle(_request, reply) {
      reply.type('text/plain; version=0.0.4; charset=utf-8')
      return await behind.metrics()
    },
  })
}

function registerHealth(register: Register, behind: Behind, stopping: () => boolean): void {
  register({
    method: 'GET',
    path: '/health',
    tag: 'server',
    summary: 'Whether the server works, asked of its store just now',
    answers: {
      200: { description: 'Healthy', schema: Health },
      503: { description: 'Unhealthy', schema: Health },
    },
    async handle(_request, reply) {
      const [store, broker] = await Promise.all([behind.health(), behind.broker?.()])
      reply.code(store.healthy ? 200 : 503).header('cache-control', 'no-store')
      return { ...healthToWire(store, behind.version), ...brokerToWire(broker) }
    },
  })
  register({
    method: 'GET',
    path: '/ready',
    tag: 'server',
    summary: 'Whether new work may be sent here; names a store that was configured weakly',
    answers: {
      200: { description: 'Ready', schema: Ready },
      503: { description: 'Not ready', schema: Ready },
    },
    async handle(_request, reply) {
      const [store, broker] = await Promise.all([behind.health(), behind.broker?.()])
      const reason = whyNotReady(store, behind.atWork(), stopping())
      reply.code(reason === undefined ? 200 : 503).header('cache-control', 'no-store')
      const { kind, healthy, weaknesses } = store
      return {
        status: reason === undefined ? 'ready' : 'not_ready',
        ...(reason === undefined ? {} : { reason }),
        store: { kind, healthy, weaknesses },
        ...brokerToWire(broker),
      }
    },
  })
  register({
    method: 'GET',
    path: '/live',
    tag: 'server',
    summary: 'Whether the process answers at all',
    answers: { 200: { description: 'It does', schema: Type.Object({ status: Type.Literal('live') }) } },
    handle: async () => ({ status: 'live' }),
  })
}

function whyNotReady(store: StoreHealth, atWork: boolean, stopping: boolean): string | undefined {
  if (stopping) return 'the server is stopping'
  if (!store.healthy) {
    return `the store ${store.kind} does not answer${store.reason === undefined ? '' : `: ${store.reason}`}`
  }
  return atWork ? undefined : `the coordinator has no lease on the store ${store.kind} yet`
}

function healthToWire({ kind, healthy, latencyMs }: StoreHealth, version: string) {
  const isRedis = kind === 'redis'
  return {
    status: healthy ? 'healthy' : 'unhealthy',
    timestamp: new Date().toISOString(),
    version,
    database: isRedis || kind === 'memory' ? null : healthy,
    redis: isRedis ? healthy : null,
    store: { kind, healthy, latency_ms: rounded(latencyMs) },
  }
}

function brokerToWire(broker: BrokerHealth | undefined) {
  if (broker === undefined) return {}
  const { latencyMs, ...said } = broker
  return { broker: { ...said, latency_ms: rounded(latencyMs) } }
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000

const ErrorRow = Type.Object({
  code: Type.String(),
  http: Type.Integer(),
  grpc: Type.String(),
  title: Type.String(),
  meaning: Type.String(),
  remedy: Type.String(),
})

/** Where `help` of every error leads. */
function registerErrors(register: Register): void {
  const codes = Object.keys(ERRORS) as ErrorCode[]
  register({
    method: 'GET',
    path: '/errors',
    tag: 'server',
    summary: 'Every error code, what it means and what to do',
    answers: { 200: { description: 'The table', schema: Type.Array(ErrorRow) } },
    handle: async () => codes.map((code) => ({ code, ...ERRORS[code] })),
  })
  register({
    method: 'GET',
    path: '/errors/:code',
    tag: 'server',
    summary: 'What an error code means and what to do',
    params: Type.Object({ code: Type.String() }),
    answers: { 200: { description: 'One row of the table', schema: ErrorRow } },
    errors: ['ROUTE_NOT_FOUND'],
    async handle({ params }) {
      const code = codes.find((known) => known === params.code.toUpperCase())
      if (code === undefined) {
        throw new AssentError('ROUTE_NOT_FOUND', `there is no error code of this name; see /errors for all`)
      }
      return { code, ...ERRORS[code] }
    },
  })
}
