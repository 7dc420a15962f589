import { DEAD_LETTER_PARTITIONS, DEAD_LETTERS_SUFFIX, type NewTopic, TOPIC_PATTERN } from '@assent/contract'

/** Partitions of a topic of commands that is made here: as many processes share its commands. */
export const COMMAND_PARTITIONS = 3

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
