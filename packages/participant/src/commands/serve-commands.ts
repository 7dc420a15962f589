import type { Broker } from '@assent/contract'
import { type CommandCounts, Desk, type DeskOptions } from './desk.ts'

export interface CommandServiceOptions<Database> extends DeskOptions<Database> {
  /** Stays the caller's to close, behind the service. */
  broker: Pick<Broker, 'send' | 'subscribe' | 'ping'>
  /** Where commands come in. */
  topic: string | readonly string[]
  /** The same for every process of this service, so that they share its commands. */
  group: string
  /** Commands under way at once; as many as the broker's adapter has by default. */
  concurrency?: number
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
 *
 *     await using service = await serveCommands({
 *       broker, topic: 'payment-service-commands', group: 'payment-service', barrier,
 *       commands: { ProcessPayment: ({ payload, database }) => charge(database, payload) },
 *     })
 */
export async function serveCommands<Database>(
  options: CommandServiceOptions<Database>,
): Promise<CommandService> {
  const { broker, topic, group, concurrency } = options
  const desk = new Desk(options)
  const subscription = await broker.subscribe({
    topics: typeof topic === 'string' ? [topic] : topic,
    group,
    ...(concurrency !== undefined && { concurrency }),
    handle: (message) => desk.handle(message),
    onError: (error, message) => desk.tellError(error, message),
  })
  const close = () => subscription.close()
  return { counts: () => ({ ...desk.counts }), close, [Symbol.asyncDispose]: close }
}
