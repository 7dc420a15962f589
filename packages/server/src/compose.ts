import { type Broker, DEFAULT_OPTIONS, type Options } from '@assent/contract'
import { type Coordinator, type CoordinatorParts, createCoordinator, systemClock } from '@assent/coordinator'
import { allowedBy, http } from '@assent/transport/http'
import { kafka } from '@assent/transport/kafka'
import type { Logger } from 'pino'
import { configuredBroker } from './broker.ts'
import type { Configuration, Values } from './configuration/index.ts'
import type { Door } from './doors/door.ts'
import { createHttpDoor } from './doors/http/door.ts'
import { brokerHealth, storeHealth } from './health.ts'
import { standardLog } from './log.ts'
import { auditObserver } from './observation/audit.ts'
import { loggingObserver } from './observation/log.ts'
import { createMetrics, type Metrics } from './observation/metrics.ts'
import { type Observer, together } from './observation/observation.ts'
import { weaknessObserver } from './observation/weaknesses.ts'
import { configuredStore } from './stores.ts'
import { VERSION } from './version.ts'

type Store = CoordinatorParts['store']
type Transports = CoordinatorParts['transports']

/** How long a graceful stop lets requests end that are under way. */
const DRAIN_MS = 5_000
/** How long the answers to waits may take that the stop itself ended. */
const LAST_ANSWERS_MS = 1_000

export interface Server {
  /** Where the HTTP door listens. */
  url: string
  /** Takes no new work, lets what is under way end, and hands over what is driven. */
  close(): Promise<void>
}

export interface ServeExtras {
  /** Where log lines go; standard output when absent. */
  log?: Logger
  /** In place of the configured store. */
  store?: Store
  /** In place of the configured broker. */
  broker?: Broker
  /** The store failed for good, so that the process has to end; ends it when absent. */
  onFatal?: (error: Error) => void
}

/**
 * Puts a server together and opens it. A store that can't be reached is waited for, and work refused meanwhile. Throws
 * ConfigurationError, PortTaken, and AssentError STORE_IN_USE and STORE_INVALID; nothing is left open then.
 */
export async function serve(configuration: Configuration, extras: ServeExtras = {}): Promise<Server> {
  const { values, warnings } = configuration
  const log = extras.log ?? standardLog(values['log.level'])
  for (const warning of warnings) log.warn(warning)
  const onFatal = extras.onFatal ?? endProcess(log)
  const store = extras.store ?? configuredStore(configuration, onFatal)
  const broker = extras.broker ?? (await configuredBroker(values))
  const metrics = createMetrics(() => store.summary())
  const coordinator = configuredCoordinator(values, { store, broker, metrics, log })
  const door = await createHttpDoor(
    {
      host: values['server.http_host'],
      port: values['server.http_port'],
      corsOrigins: values['server.cors_origins'],
      connectionsMax: values['server.max_connections'],
    },
    {
      api: coordinator,
      health: storeHealth(store, () => coordinator.state().waitingForStore),
      ...(broker && { broker: brokerHealth(broker) }),
      atWork: () => coordinator.state().incarnation !== '',
      metrics: () => metrics.text(),
      answered: (route, status) => metrics.answered('http', route, status),
      log,
      version: VERSION,
    },
  )
  const parts = { door, coordinator, broker }
  const { url } = await opened(parts, values, onFatal)
  log.info({ url, store: store.kind, version: VERSION }, `listening on ${url}`)
  const { waitingForStore } = coordinator.state()
  if (waitingForStore !== undefined) log.warn(`waiting for the store ${store.kind}: ${waitingForStore}`)
  if (!LOOPBACK.test(values['server.http_host'])) {
    log.warn('whoever reaches this address may use it: there is no authentication yet')
  }
  if (values['exec.call_allow'].length === 0) {
    log.info('branches may name any origin; exec.call_allow (ASSENT_CALL_ALLOW) names those that they may')
  }
  return { url, close: () => stop(parts, log) }
}

/** What is opened, and closed in this order. */
interface Parts {
  door: Door
  coordinator: Coordinator
  broker: Broker | undefined
}

/** Addresses that only this machine reaches. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/

/** Another program listens where the door should. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken'
}

/** The door opens last: whoever comes in finds everything at work, or a store that is waited for. */
async function opened(
  { door, coordinator, broker }: Parts,
  values: Values,
  onFatal: (error: Error) => void,
): Promise<{ url: string }> {
  try {
    await coordinator.open({ waitForStore: true, onRefused: onFatal })
    return await door.open()
  } catch (error) {
    await Promise.allSettled([door.close(), coordinator.close()])
    await broker?.close()
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    const place = `${values['server.http_host']}:${values['server.http_port']}`
    throw new PortTaken(
      `${place} is taken by another program; set server.http_port (ASSENT_HTTP_PORT, --http-port) to another port, or to 0 for a free one`,
      { cause: error },
    )
  }
}

async function stop({ door, coordinator, broker }: Parts, log: Logger): Promise<void> {
  log.info('stopping')
  const doorClosed = door.close()
  await within(DRAIN_MS, doorClosed)
  // Ends the waits that are left: they are answered with where their transaction stands.
  await coordinator.close()
  await broker?.close()
  await within(LAST_ANSWERS_MS, doorClosed)
  door.cut()
  await doorClosed
  log.info('stopped')
}

/** Resolves when it is done, or when so much time is up. */
async function within(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeIsUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([done, timeIsUp])
  clearTimeout(timer)
}

/** What a shell sees of a process whose store failed. */
const STORE_FAILED_CODE = 6

/** This process could only answer that it does not know. The next one begins with what the store has kept. */
function endProcess(log: Logger): (error: Error) => void {
  return (error) => {
    log.fatal({ err: error }, `the store can not be used: ${error.message}; the process ends`)
    process.exit(STORE_FAILED_CODE)
  }
}

function configuredCoordinator(
  values: Values,
  { store, broker, metrics, log }: Pick<Parts, 'broker'> & { store: Store; metrics: Metrics; log: Logger },
): Coordinator {
  const allow = values['exec.call_allow']
  const observer = together([
    metrics,
    loggingObserver(log),
    weaknessObserver(store, log),
    ...(values['log.audit'] ? [auditObserver(log)] : []),
  ])
  return createCoordinator({
    store,
    transports: configuredTransports(values, broker, observer),
    observer,
    settings: {
      options: configuredOptions(values),
      leaseMs: values['exec.lease_secs'] * 1000,
      retentionMs: values['store.retention_secs'] * 1000,
      tombstoneMs: values['store.tombstone_secs'] * 1000,
      ...(allow.length > 0 ? { allows: allowedBy(allow) } : {}),
    },
  })
}

/** How branches are called: over HTTP, and over Kafka where a broker is configured. */
function configuredTransports(values: Values, broker: Broker | undefined, observer: Observer): Transports {
  const clock = systemClock
  const listed = values['exec.call_allow']
  const allow = listed.length > 0 ? { allow: listed } : {}
  const secrets = values['exec.call_secret']
  const overHttp = http({ clock, ...allow, ...(secrets.length > 0 ? { secrets } : {}) })
  if (broker === undefined) return [overHttp]
  const replies = values['kafka.reply_topic']
  const group = values['kafka.reply_group']
  return [overHttp, kafka({ broker, replies, group, clock, observer, ...allow })]
}

/** What a transaction gets that does not say otherwise. */
function configuredOptions(values: Values): Options {
  const milliseconds = (seconds: number): number => Math.max(1, Math.round(seconds * 1000))
  return {
    ...DEFAULT_OPTIONS,
    requestTimeoutMs: milliseconds(values['exec.request_timeout_secs']),
    retryIntervalMs: milliseconds(values['exec.retry_interval_secs']),
    retryMaxIntervalMs: milliseconds(values['exec.retry_max_interval_secs']),
    timeoutToFailMs: milliseconds(values['exec.timeout_to_fail_secs']),
    attentionAfterMs: milliseconds(values['exec.attention_after_secs']),
    parallelism: values['exec.branch_parallelism'],
  }
}
