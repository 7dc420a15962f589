import { type Broker, DEAD_LETTERS_SUFFIX, type NewTopic, TOPIC_PATTERN } from '@assent/contract'

/** Partitions of a topic of commands that is made here: as many processes share its commands. */
export const COMMAND_PARTITIONS = 3
export const DEAD_LETTER_PARTITIONS = 1

/** When topics are made again that could not be, milliseconds; each failure doubles it. */
export const TOPICS_PAUSE_MS = 1_000
export const TOPICS_PAUSE_MAX_MS = 60_000

export interface ServedTopics {
  /** Where commands come in. */
  topic: string | readonly string[]
  deadLetters?: string
  partitions?: number
}

/** Those that are read, and those that are made where they are missing. Throws TypeError for what can not be. */
export function topicsOf({ topic, deadLetters, partitions = COMMAND_PARTITIONS }: ServedTopics): {
  read: readonly string[]
  made: readonly NewTopic[]
} {
  const read = typeof topic === 'string' ? [topic] : topic
  const dead = deadLetters === undefined ? read.map((name) => name + DEAD_LETTERS_SUFFIX) : [deadLetters]
  if (read.length === 0) throw new TypeError('commands are served from one topic at least')
  for (const name of [...read, ...dead]) {
    if (!TOPIC_PATTERN.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name of a topic`)
  }
  // They would be read, and put there once more, for ever.
  const circle = dead.find((name) => read.includes(name))
  if (circle !== undefined) throw new TypeError(`${circle} can not be read and take the dead letters`)
  if (!Number.isSafeInteger(partitions) || partitions < 1) {
    throw new TypeError(`partitions must be a whole number from 1 on, not ${partitions}`)
  }
  const made = [
    ...read.map((name) => ({ topic: name, partitions })),
    ...dead.map((name) => ({ topic: name, partitions: DEAD_LETTER_PARTITIONS })),
  ]
  return { read, made }
}

/** Makes topics where they are missing, until they are there: the broker may be away. Answers what ends that. */
export function makeTopics(
  broker: Pick<Broker, 'createTopics'>,
  topics: readonly NewTopic[],
  onError: (error: unknown) => void,
): () => void {
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  const make = async (pauseMs: number): Promise<void> => {
    try {
      await broker.createTopics(topics)
    } catch (error) {
      if (isOver) return
      onError(error)
      timer = setTimeout(() => void make(Math.min(2 * pauseMs, TOPICS_PAUSE_MAX_MS)), pauseMs)
    }
  }
  void make(TOPICS_PAUSE_MS)
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}
