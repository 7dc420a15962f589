import type { Observation, Observer } from '@assent/engine'

/** What watches must not have a reply come again and again because it has failed. */
export function harmless(observer: Observer): Observer {
  return {
    observe(observation) {
      try {
        observer.observe(observation)
      } catch (error) {
        console.error(`an observer failed at ${observation.kind}:`, error)
      }
    },
  }
}

/** Tells people what they must know, where nobody else is told. */
export const STDERR: Observer = {
  observe(observation) {
    const text = inWords(observation)
    if (text !== undefined) console.error(text)
  },
}

function inWords(observation: Observation): string | undefined {
  switch (observation.kind) {
    case 'dead-letter': {
      const { topic, partition, offset, deadLetters, reason } = observation
      return `the reply at ${topic}/${partition}/${offset} went to ${deadLetters}: ${reason}`
    }
    case 'replies-stalled': {
      const { topic, partition, offset, error } = observation
      const place = offset === undefined ? topic : `${topic}/${partition}/${offset}`
      return `replies wait in the broker, at ${place}: ${error}`
    }
    default:
      return undefined
  }
}
