import {
  type Broker,
  type Command,
  type IncomingMessage,
  REPLY_PARTITION_HEADER,
  REPLY_TOPIC_HEADER,
  type ReplyContent,
  readCommand,
} from '@assent/contract'

/** What a service answers to a command; undefined: nothing. */
export type Service = (
  command: Command,
  message: IncomingMessage,
) => Partial<ReplyContent> | undefined | Promise<Partial<ReplyContent> | undefined>

/** Answers the commands of a topic, as any language could: by nothing but what the page on transports says. */
export async function answerCommands(broker: Broker, topic: string, service: Service): Promise<void> {
  await broker.subscribe({
    topics: [topic],
    group: `${topic}-service`,
    ordered: false,
    concurrency: 10_000,
    // What could not be replied is answered again.
    onError: () => {},
    async handle(message) {
      const command = readCommand(message.value)
      if ('problems' in command) throw new Error(JSON.stringify(command.problems))
      const content = await service(command, message)
      if (content !== undefined) await sendReply(broker, command, message, content)
    },
  })
}

export async function sendReply(
  broker: Broker,
  command: Command,
  { headers }: IncomingMessage,
  content: Partial<ReplyContent>,
): Promise<void> {
  const partition = headers[REPLY_PARTITION_HEADER]
  const own = Object.entries(headers).filter(
    ([name]) => name.startsWith('assent-') && !name.startsWith('assent-reply-'),
  )
  await broker.send([
    {
      topic: headers[REPLY_TOPIC_HEADER] ?? '',
      ...(partition !== undefined && { partition: Number(partition) }),
      key: command.saga_id,
      value: JSON.stringify({
        id: `reply-to-${command.id}`,
        command_id: command.id,
        saga_id: command.saga_id,
        status: 'Success',
        result: null,
        error: null,
        created_at: new Date().toISOString(),
        ...content,
      }),
      headers: Object.fromEntries(own),
    },
  ])
}
