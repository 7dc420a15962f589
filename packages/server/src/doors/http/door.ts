import { BODY_MAX_BYTES } from '@assent/contract'
import compress from '@fastify/compress'
import cors from '@fastify/cors'
import {
  fastify as createFastify,
  type FastifyInstance,
  type InjectOptions,
  type LightMyRequestResponse,
} from 'fastify'
import type { Behind, Door } from '../door.ts'
import { ACTOR_HEADER } from './actor.ts'
import { acceptJson } from './json-body.ts'
import { notePaths } from './known-paths.ts'
import {
  HEADERS_MAX_BYTES,
  HEADERS_TIMEOUT_MS,
  IDLE_CHECK_INTERVAL_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  SILENCE_TIMEOUT_MS,
  TIMEOUT_CHECK_INTERVAL_MS,
} from './limits.ts'
import { publish } from './openapi.ts'
import { answerErrors, clientError, frameworkErrors } from './refusals.ts'
import { registrar } from './route.ts'
import { serverRoutes } from './server-routes.ts'
import { branchRoutes } from './transactions/branch-routes.ts'
import { eventRoutes, type OpenStreams } from './transactions/event-routes.ts'
import { jsonRpcRoute } from './transactions/json-rpc-route.ts'
import { operatorRoutes } from './transactions/operator-routes.ts'
import { transactionRoutes } from './transactions/routes.ts'
import { compile, type Part } from './validation.ts'

export interface HttpSettings {
  host: string
  /** 0 takes a free one. */
  port: number
  /** Origins whose pages may call; `*` is any, none means that browsers keep pages of other origins out. */
  corsOrigins: readonly string[]
  /** Connections at once; more are closed unheard. */
  connectionsMax: number
  /** How long a client may take; see limits.ts for the defaults. */
  patience?: Partial<Patience>
}

/** Milliseconds. */
export interface Patience {
  headersTimeoutMs: number
  requestTimeoutMs: number
  checkIntervalMs: number
}

const PATIENCE: Patience = {
  headersTimeoutMs: HEADERS_TIMEOUT_MS,
  requestTimeoutMs: REQUEST_TIMEOUT_MS,
  checkIntervalMs: TIMEOUT_CHECK_INTERVAL_MS,
}

export interface HttpDoor extends Door {
  /** For tests: answers as the open door would, without a socket. */
  inject(options: InjectOptions): Promise<LightMyRequestResponse>
}

/** The transaction API over HTTP. */
export async function createHttpDoor(settings: HttpSettings, behind: Behind): Promise<HttpDoor> {
  const fastify = createServer(behind, { ...PATIENCE, ...settings.patience })
  const streams: OpenStreams = new Set()
  let stopping = false
  await enter(fastify, settings, behind, streams, () => stopping)
  await fastify.ready()
  fastify.server.maxConnections = settings.connectionsMax
  return {
    inject: (options) => fastify.inject(options),
    open: () => fastify.listen({ host: settings.host, port: settings.port }).then((url) => ({ url })),
    async close() {
      stopping = true
      // Their readers come back to whoever answers then, and resume.
      for (const stream of streams) stream.cut()
      // A connection whose answer was under way would be kept alive for a next request that may not come.
      const letGo = setInterval(() => fastify.server.closeIdleConnections(), IDLE_CHECK_INTERVAL_MS)
      await fastify.close().finally(() => clearInterval(letGo))
    },
    cut: () => fastify.server.closeAllConnections(),
  }
}

function createServer(behind: Behind, patience: Patience): FastifyInstance {
  return createFastify({
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: patience.requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionTimeout: SILENCE_TIMEOUT_MS,
    http: {
      maxHeaderSize: HEADERS_MAX_BYTES,
      headersTimeout: patience.headersTimeoutMs,
      connectionsCheckingInterval: patience.checkIntervalMs,
    },
    // A request that finds the door closing is still answered, on a connection that then ends.
    return503OnClosing: false,
    // Any id that fits into the headers reaches its schema, which says what an id is.
    routerOptions: { maxParamLength: HEADERS_MAX_BYTES },
    frameworkErrors: frameworkErrors(behind),
    clientErrorHandler: clientError,
  })
}

async function enter(
  fastify: FastifyInstance,
  settings: HttpSettings,
  behind: Behind,
  streams: OpenStreams,
  stopping: () => boolean,
): Promise<void> {
  const { api, log, answered } = behind
  acceptJson(fastify)
  answerErrors(fastify, notePaths(fastify), behind)
  fastify.setValidatorCompiler(({ schema, httpPart }) => compile(schema as object, httpPart as Part))
  // The schemas of answers describe them and change nothing, so that no field can be lost on the way out.
  fastify.setSerializerCompiler(() => JSON.stringify)
  await fastify.register(compress, { global: false, globalDecompression: false })
  if (settings.corsOrigins.length > 0) await fastify.register(cors, corsOptions(settings.corsOrigins))
  await publish(fastify, behind.version)
  const register = registrar(fastify, answered)
  transactionRoutes(register, api)
  branchRoutes(register, api)
  operatorRoutes(register, api)
  eventRoutes(register, api, streams)
  jsonRpcRoute(register, api, (thrown) => log.error({ err: thrown, route: '/jsonrpc' }, 'a request failed'))
  serverRoutes(register, behind, stopping)
}

function corsOptions(origins: readonly string[]) {
  return {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST'],
    allowedHeaders: ['content-type', 'last-event-id', ACTOR_HEADER],
    exposedHeaders: ['x-next-cursor', 'x-total-count', 'retry-after'],
  }
}
