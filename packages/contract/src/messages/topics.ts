import type { Broker, NewTopic } from './broker.ts'

/** Of a topic of dead letters that is made where it is missing. */
export const DEAD_LETTER_PARTITIONS = 1

/** When topics are made again that could not be, milliseconds; each failure doubles it. */
export const TOPICS_PAUSE_MS = 1_000
export const TOPICS_PAUSE_MAX_MS = 60_000

/** Makes topics where they are missing, until they are there: the broker may be away. Answers what ends that. */
export function makeTopics(
  broker: Pick<Broker, 'createTopics'>,
  topics: readonly NewTopic[],
  { after, onError }: { after(ms: number, callback: () => void): () => void; onError(error: unknown): void },
): () => void {
  let isOver = false
  let cancel = (): void => {}
  const make = async (pauseMs: number): Promise<void> => {
    try {
      await broker.createTopics(topics)
    } catch (error) {
      if (isOver) return
      onError(error)
      cancel = after(pauseMs, () => void make(Math.min(2 * pauseMs, TOPICS_PAUSE_MAX_MS)))
    }
  }
  void make(TOPICS_PAUSE_MS)
  return () => {
    isOver = true
    cancel()
  }
}
