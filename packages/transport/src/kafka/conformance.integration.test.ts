import { systemClock } from '@assent/coordinator'
import type { Answers } from '@assent/engine'
import { memoryBroker } from '@assent/testkit/broker'
import {
  type Behaviour,
  type TransportBench,
  transportConformance,
} from '@assent/testkit/conformance/transport'
import { describe, it } from 'vitest'
import { answerCommands, type Service } from '../../test/command-service.ts'
import { kafka } from './transport.ts'

function serviceFor(behaviour: Behaviour): Service {
  return async ({ payload }, { headers }) => {
    switch (behaviour.does) {
      case 'succeed':
        return { result: behaviour.result ?? null }
      case 'repeat':
        return { result: { body: payload, headers } }
      case 'refuse': {
        const { code, message = null, details } = behaviour.refusal
        return { status: 'Failed', error: message, ...(code && { code }), ...(details && { details }) }
      }
      case 'go on':
        return { status: 'Ongoing' }
      case 'fail':
        return { status: 'Unknown', error: behaviour.message }
      case 'dawdle':
        await new Promise((resolve) => setTimeout(resolve, behaviour.ms))
        return { result: 'late' }
      case 'hang':
        return undefined
      case 'be absent':
      case 'break off':
      case 'answer over-long':
      case 'answer without end':
        throw new Error(`a service can not ${behaviour.does}`)
    }
  }
}

/** Nobody: every reply of the suite is waited for, or of a call that was given up. */
const NOBODY: Answers = { answer: async () => 'history' }

async function open(): Promise<TransportBench> {
  const broker = memoryBroker({ createsTopics: false })
  const transport = kafka({ broker, replies: 'replies', group: 'coordinators', clock: systemClock })
  transport.receive?.(NOBODY)
  let topics = 0
  return {
    transport,
    graceMs: 0,
    async participant(behaviour) {
      topics += 1
      const topic = `service-${topics}`
      if (behaviour.does !== 'be absent') {
        await broker.createTopics([{ topic, partitions: 3 }])
        await answerCommands(broker, topic, serviceFor(behaviour))
      }
      return `kafka:${topic}/Do`
    },
    async close() {
      await transport.close()
      await broker.close()
    },
  }
}

const NO_STREAM = 'a broker takes a message whole or not at all, and none that is over-long'

const EXEMPTS = [
  {
    title: 'a participant that succeeds without a result is done without one',
    reason: 'a reply says null where there is none, which is a result of null',
  },
  { title: 'an answer without end is unknown when the time of the call is over', reason: NO_STREAM },
  { title: 'an answer that is over-long is unknown, and not read to its end', reason: NO_STREAM },
  { title: 'an answer that breaks off is unknown', reason: NO_STREAM },
]

describe('the Kafka transport', () => {
  for (const { title, exempt, run } of transportConformance(open, EXEMPTS)) {
    it.skipIf(exempt)(exempt ? `${title} (not here: ${exempt})` : title, run)
  }
})
