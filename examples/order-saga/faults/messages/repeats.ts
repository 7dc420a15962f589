import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker, IncomingMessage } from 'assent'
import { dealt } from '../chance.ts'
import type { Repeat } from '../evidence/evidence.ts'
import { copyOf, isCopy, sendSurely } from './copies.ts'
import type { Recorder } from './recorder.ts'

const POLL_MS = 50

interface Command {
  id: string
  saga_id: string
  command_type: string
  idempotency_key: string
}

interface Reply {
  command_id: string
  status: string
  result: unknown
  error: string | null
}

/** Answers that settle a call. */
const FINAL_STATUSES: readonly string[] = ['Success', 'Failed', 'Compensated']

/**
 * Sends commands again whose transactions have long ended, in any order, and waits for what they are answered. Such a
 * late ProcessPayment must charge nobody, and be answered as ever.
 */
export async function repeatCommands(
  broker: Broker,
  recorder: Recorder,
  topics: { commands: readonly string[]; replies: string },
  options: { count: number; chance: () => number; timeoutMs: number },
): Promise<Repeat[]> {
  const commands = topics.commands.flatMap((topic) => recorder.of(topic)).filter(isOriginal)
  const firstAnswers = answersByKey(commands, recorder.of(topics.replies))
  const answered = commands.filter((message) => firstAnswers.has(commandIn(message).idempotency_key))
  const [first, ...others] = answered
  if (first === undefined) return []
  const nextOf = dealt([first, ...others], options.chance)
  const chosen = Array.from({ length: Math.min(options.count, answered.length) }, nextOf)
  const again = chosen.map((message) => ({ ...commandIn(message), id: randomUUID() }))
  await sendSurely(
    broker,
    chosen.map((message, index) => copyOf(message, JSON.stringify(again[index]))),
  )
  const answers = await answersTo(again, recorder, topics.replies, options.timeoutMs)
  return again.map(({ id, command_type, saga_id, idempotency_key }) => ({
    what: `${command_type} of ${saga_id}`,
    first: firstAnswers.get(idempotency_key) ?? '',
    again: answers.get(id) ?? 'nothing',
  }))
}

/** Neither copied nor unreadable. */
function isOriginal(message: IncomingMessage): boolean {
  return !isCopy(message) && 'assent-gid' in message.headers
}

const commandIn = (message: IncomingMessage): Command => JSON.parse(message.value)

/** How each call was settled, by its idempotency key: the first answer that does. */
function answersByKey(
  commands: readonly IncomingMessage[],
  replies: readonly IncomingMessage[],
): Map<string, string> {
  const keys = new Map(commands.map(commandIn).map(({ id, idempotency_key }) => [id, idempotency_key]))
  const found = new Map<string, string>()
  for (const { command_id, ...reply } of replies.filter(isOriginal).map(replyIn)) {
    const key = keys.get(command_id)
    if (key === undefined || found.has(key) || !FINAL_STATUSES.includes(reply.status)) continue
    found.set(key, answerIn(reply))
  }
  return found
}

const replyIn = (message: IncomingMessage): Reply => JSON.parse(message.value)

function answerIn({ status, result, error }: Omit<Reply, 'command_id'>): string {
  return `${status} ${JSON.stringify(status === 'Failed' ? error : result)}`
}

async function answersTo(
  commands: readonly Command[],
  recorder: Recorder,
  topic: string,
  timeoutMs: number,
): Promise<Map<string, string>> {
  const wanted = new Set(commands.map(({ id }) => id))
  const lateMs = performance.now() + timeoutMs
  for (;;) {
    const replies = recorder.of(topic).filter(isOriginal).map(replyIn)
    const found = new Map(
      replies
        .filter(({ command_id, status }) => wanted.has(command_id) && FINAL_STATUSES.includes(status))
        .map((reply) => [reply.command_id, answerIn(reply)]),
    )
    if (found.size === wanted.size || performance.now() > lateMs) return found
    await sleep(POLL_MS)
  }
}
