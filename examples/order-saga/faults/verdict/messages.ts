import type { DeadLetters, EventRow, Evidence, PublishedEvent } from '../evidence/evidence.ts'

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
    ...outOfOrder(events, published),
    ...deadLetters.flatMap(wronglyDead),
    ...repeats
      .filter(({ first, again }) => first !== again)
      .map(({ what, first, again }) => `${what} was answered ${first}, and ${again} when it came again`),
  ]
}

/** Whoever reads a topic meets the events of an order first in the order in which they were written. */
function outOfOrder(events: readonly EventRow[], published: readonly PublishedEvent[]): string[] {
  const places = new Map<string, number>()
  for (const { topic, id } of published) {
    if (!places.has(`${topic} ${id}`)) places.set(`${topic} ${id}`, places.size)
  }
  const topicOf = new Map(published.map(({ topic, id }) => [id, topic]))
  const together = Map.groupBy(events, ({ id, orderId }) => `${topicOf.get(id)} ${orderId}`)
  return [...together.values()].flatMap((ofOrder) => {
    const place = ({ id }: EventRow): number => places.get(`${topicOf.get(id)} ${id}`) ?? -1
    const written = ofOrder.toSorted((one, other) => one.position - other.position)
    return written
      .filter((event, index) => index > 0 && place(event) < place(written[index - 1] ?? event))
      .map(({ type, orderId }) => `${type} of ${orderId} came before what was written before it`)
  })
}

function wronglyDead({ topic, found, expected }: DeadLetters): string[] {
  const [there, wanted] = [new Set(found), new Set(expected)]
  return [
    ...[...there].filter((value) => !wanted.has(value)).map((value) => `${topic} has ${value}`),
    ...[...wanted].filter((value) => !there.has(value)).map((value) => `${topic} lacks ${value}`),
  ]
}
