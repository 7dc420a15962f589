import { type Broker, makeTopics } from '@assent/contract'
import { type CommandCounts, Desk, type DeskOptions } from './desk.ts'
import { COMMAND_TIMEOUT_MAX_MS, COMMAND_TIMEOUT_MS } from './in-time.ts'
import { topicsOf } from './topics.ts'

export interface CommandServiceOptions<Database> extends DeskOptions<Database> {
  /** Stays the caller's to close, behind the service. */
  broker: Pick<Broker, 'send' | 'subscribe' | 'createTopics' | 'ping'>
  /** Where commands come in. Made where it is missing, and so is the topic of its dead letters. */
  topic: string | readonly string[]
  /** The same for every process of this service, so that they share its commands. */
  group: string
  /** Commands under way at once; as many as the broker's adapter has by default. */
  concurrency?: number
  /** Of a topic of commands that is made here, 3 by default: as many processes share its commands. */
  partitions?: number
}

export interface CommandService extends AsyncDisposable {
  /** How many commands ended in which way, and how many messages went to the dead letters. */
  counts(): CommandCounts
  /** Takes no more commands, waits a bounded while for those under way, and leaves the group. */
  close(): Promise<void>
}

/**
 * Serves the commands of a topic: each is carried out once behind the barrier, and answered in the topic that it names.
 * Its offset is committed when the broker keeps the answer, so that a crash before that only has it answered again.
 * Resolves also while the broker is away. Throws TypeError for limits and names of topics that can not be.
 *
 *     await using service = await serveCommands({
 *       broker, topic: 'payment-service-commands', group: 'payment-service', barrier,
 *       commands: { ProcessPayment: ({ payload, database }) => charge(database, payload) },
 *     })
 */
export async function serveCommands<Database>(
  options: CommandServiceOptions<Database>,
): Promise<CommandService> {
  const { broker, group, concurrency, timeoutMs = COMMAND_TIMEOUT_MS } = options
  if (!(timeoutMs > 0 && timeoutMs <= COMMAND_TIMEOUT_MAX_MS)) {
    throw new TypeError(`timeoutMs must be above 0 and at most ${COMMAND_TIMEOUT_MAX_MS}, not ${timeoutMs}`)
  }
  const topics = topicsOf(options)
  const desk = new Desk(options)
  const subscription = await broker.subscribe({
    topics: topics.read,
    group,
    ...(concurrency !== undefined && { concurrency }),
    handle: (message) => desk.handle(message),
    onError: (error, message) => desk.tellError(error, message),
  })
  const stopMaking = makeTopics(broker, topics.made, { after, onError: (error) => desk.tellError(error) })
  const close = () => {
    stopMaking()
    return subscription.close()
  }
  return { counts: () => ({ ...desk.counts }), close, [Symbol.asyncDispose]: close }
}

function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}
