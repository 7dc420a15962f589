import type { DeadLetters, Evidence } from '../evidence/evidence.ts'

/** Every event is in its topic, and nothing is there that no business transaction has written. */
export function messagesAstray({ events, published, deadLetters, repeats }: Evidence): string[] {
  const inTopics = new Set(published.map(({ id }) => id))
  const inOutboxes = new Set(events.map(({ id }) => id))
  return [
    ...events
      .filter(({ processed }) => !processed)
      .map(({ database, type, id }) => `${type} ${id} waits in the outbox of ${database}`),
    ...events.filter(({ id }) => !inTopics.has(id)).map(({ type, id }) => `${type} ${id} is in no topic`),
    ...[...inTopics].filter((id) => !inOutboxes.has(id)).map((id) => `event ${id} is in no outbox`),
    ...deadLetters.flatMap(wronglyDead),
    ...repeats
      .filter(({ first, again }) => first !== again)
      .map(({ what, first, again }) => `${what} was answered ${first}, and ${again} when it came again`),
  ]
}

function wronglyDead({ topic, found, expected }: DeadLetters): string[] {
  const [there, wanted] = [new Set(found), new Set(expected)]
  return [
    ...[...there].filter((value) => !wanted.has(value)).map((value) => `${topic} has ${value}`),
    ...[...wanted].filter((value) => !there.has(value)).map((value) => `${topic} lacks ${value}`),
  ]
}
