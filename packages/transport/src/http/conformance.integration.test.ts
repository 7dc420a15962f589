import type { RequestListener } from 'node:http'
import { systemClock } from '@assent/coordinator'
import {
  type Behaviour,
  type TransportBench,
  transportConformance,
} from '@assent/testkit/conformance/transport'
import { describe, it } from 'vitest'
import { answerJson, bodyOf, deadOrigin, startHttp } from '../../test/http-participant.ts'
import { http } from './transport.ts'

function listenerFor(behaviour: Behaviour): RequestListener {
  return async (request, response) => {
    const body = await bodyOf(request)
    switch (behaviour.does) {
      case 'succeed':
        return behaviour.result === undefined ? response.end() : answerJson(response, 200, behaviour.result)
      case 'repeat':
        return answerJson(response, 200, { body: JSON.parse(body), headers: request.headers })
      case 'refuse':
        return answerJson(response, 409, behaviour.refusal)
      case 'go on':
        return response.writeHead(202).end()
      case 'fail':
        return answerJson(response, 500, { error: behaviour.message })
      case 'dawdle':
        return setTimeout(() => answerJson(response, 200, 'late'), behaviour.ms)
      case 'hang':
      case 'be absent':
        return
      case 'break off':
        return response.write('{"a":', () => response.destroy())
      case 'answer over-long':
        return response.end(Buffer.alloc(100_000_000, 'x'))
      case 'answer without end': {
        const timer = setInterval(() => response.write('x'), 10)
        return response.on('close', () => clearInterval(timer))
      }
    }
  }
}

async function open(): Promise<TransportBench> {
  const transport = http({ clock: systemClock })
  const opened: { close(): Promise<void> }[] = [transport]
  return {
    transport,
    graceMs: 0,
    async participant(behaviour) {
      if (behaviour.does === 'be absent') return deadOrigin()
      const participant = await startHttp(listenerFor(behaviour))
      opened.push(participant)
      return `${participant.origin}/branch`
    },
    async close() {
      for (const part of opened) await part.close()
    },
  }
}

describe('the HTTP transport', () => {
  for (const { title, exempt, run } of transportConformance(open)) it.skipIf(exempt)(title, run)
})
