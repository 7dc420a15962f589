import type { ServerResponse } from 'node:http'
import { systemClock } from '@assent/coordinator'
import type { Call, CallAnswer, Cancel, Transport } from '@assent/engine'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { callTo, NEVER } from '../../test/calls.ts'
import {
  answerJson,
  deadOrigin,
  type HttpParticipant,
  startHttp,
  startTcp,
} from '../../test/http-participant.ts'
import { CONNECTIONS_PER_ORIGIN, ORIGIN_BUSY_PAUSE_MS, WAITING_PER_ORIGIN_MAX } from './limits.ts'
import { type HttpOptions, http } from './transport.ts'

const BUSY = { kind: 'held', reason: 'ORIGIN_BUSY', retryAfterMs: ORIGIN_BUSY_PAUSE_MS }

const opened: { close(): Promise<void> }[] = []

function open(options: Partial<HttpOptions> = {}): Transport {
  const transport = http({ clock: systemClock, ...options })
  opened.push(transport)
  return transport
}

async function participantOf(started: Promise<HttpParticipant>): Promise<HttpParticipant> {
  const participant = await started
  opened.push(participant)
  return participant
}

afterEach(async () => {
  for (const part of opened.splice(0)) await part.close()
})

/** A participant that keeps every request waiting until it is told to answer. */
function keeping() {
  const kept: ServerResponse[] = []
  const started = participantOf(startHttp((_request, response) => void kept.push(response)))
  const answerAll = (): void => {
    for (const response of kept.splice(0)) answerJson(response, 200, 'kept')
  }
  return { kept, started, answerAll }
}

const callMany = (transport: Transport, count: number, call: Call): Promise<CallAnswer[]> =>
  Promise.all(Array.from({ length: count }, () => transport.call(call, NEVER)))

const isDone = (answer: CallAnswer): boolean => answer.kind === 'answered' && answer.outcome === 'done'

describe('connections', () => {
  it('are kept: calls in a row share one', async () => {
    const transport = open()
    const participant = await participantOf(startHttp((_request, response) => answerJson(response, 200, 1)))
    for (let time = 0; time < 200; time++) {
      expect(await transport.call(callTo(participant.origin), NEVER)).toMatchObject({ outcome: 'done' })
    }
    expect(participant.connections()).toBe(1)
  })

  it('are kept after refusals, errors and redirects, too', async () => {
    const transport = open()
    const statuses = [409, 500, 202, 302, 404, 429]
    let request = 0
    const participant = await participantOf(
      startHttp((_request, response) => answerJson(response, statuses[request++ % 6]!, { message: 'no' })),
    )
    for (let time = 0; time < 24; time++) await transport.call(callTo(participant.origin), NEVER)
    expect(participant.connections()).toBe(1)
  })

  it('that the participant closed while they were idle are replaced without a failed call', async () => {
    const transport = open()
    const participant = await participantOf(
      startHttp((request, response) => {
        answerJson(response, 200, 1)
        setTimeout(() => request.socket.end(), 20)
      }),
    )
    for (let time = 0; time < 5; time++) {
      expect(await transport.call(callTo(participant.origin), NEVER)).toMatchObject({ outcome: 'done' })
      await vi.waitFor(() => expect(participant.openConnections()).toBe(0))
    }
    expect(participant.connections()).toBe(5)
  })

  it('are as many as calls go on at once, and no more than their limit', async () => {
    const transport = open()
    const participant = await participantOf(
      startHttp((_request, response) => void setTimeout(() => answerJson(response, 200, 1), 5)),
    )
    const answers = await callMany(transport, 1_000, callTo(participant.origin))
    expect(answers.every(isDone)).toBe(true)
    expect(participant.connections()).toBe(CONNECTIONS_PER_ORIGIN)
  })

  it('are renewed without a failed call when the participant closes each after its answer', async () => {
    const transport = open()
    const participant = await participantOf(
      startHttp((_request, response) => answerJson(response.setHeader('connection', 'close'), 200, 1)),
    )
    const answers = await callMany(transport, 300, callTo(participant.origin))
    expect(answers.every(isDone)).toBe(true)
  })

  it('are given back when a call is over whose time ran out amid connecting', async () => {
    // Speaks no TLS, so that connecting hangs until its own timeout.
    const participant = await participantOf(startTcp(() => {}))
    const transport = open({ connectionsPerOrigin: 1, connectTimeoutMs: 200 })
    const url = participant.origin.replace('http:', 'https:')
    const first = await transport.call(callTo(url, { timeoutMs: 50 }), NEVER)
    expect(first).toMatchObject({ outcome: 'unknown', error: `no connection to ${url} within 50 ms` })
    expect(await transport.call(callTo(url), NEVER)).toMatchObject({
      outcome: 'unknown',
      error: expect.stringMatching(/could not connect/),
    })
  })

  it('that come about too late carry no call: the participant is not reached', async () => {
    const participant = await participantOf(startHttp((_request, response) => answerJson(response, 200, 1)))
    const after = (ms: number, callback: () => void): Cancel => {
      if (ms > 0) return systemClock.after(ms, callback)
      queueMicrotask(callback)
      return () => {}
    }
    const transport = open({ connectionsPerOrigin: 1, clock: { ...systemClock, after } })
    const late = await transport.call(callTo(participant.origin, { timeoutMs: 0 }), NEVER)
    expect(late).toMatchObject({ outcome: 'unknown', error: expect.stringMatching(/^no connection/) })
    expect(await transport.call(callTo(participant.origin), NEVER)).toMatchObject({ outcome: 'done' })
    expect(participant.requests()).toBe(1)
    expect(participant.connections()).toBe(1)
  })
})

describe('calls beyond the limit of an origin', () => {
  it('wait for their turn, in order', async () => {
    const order: string[] = []
    const participant = await participantOf(
      startHttp((request, response) => {
        order.push(request.url!)
        answerJson(response, 200, 1)
      }),
    )
    const transport = open({ connectionsPerOrigin: 1 })
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`)
    await Promise.all(paths.map((path) => transport.call(callTo(participant.origin + path), NEVER)))
    expect(order).toEqual(paths)
  })

  it('are held, not unknown, when their time is over before their turn: they were never sent', async () => {
    const { kept, started, answerAll } = keeping()
    const participant = await started
    const transport = open({ connectionsPerOrigin: 1 })
    const first = transport.call(callTo(participant.origin), NEVER)
    expect(await transport.call(callTo(participant.origin, { timeoutMs: 50 }), NEVER)).toEqual(BUSY)
    await vi.waitFor(() => expect(kept).toHaveLength(1))
    answerAll()
    expect(await first).toMatchObject({ outcome: 'done' })
    expect(participant.requests()).toBe(1)
  })

  it('are held at once when too many wait already', async () => {
    const { kept, started, answerAll } = keeping()
    const participant = await started
    const transport = open({ connectionsPerOrigin: 1 })
    const waiting = callMany(
      transport,
      1 + WAITING_PER_ORIGIN_MAX,
      callTo(participant.origin, { timeoutMs: 300 }),
    )
    expect(await transport.call(callTo(participant.origin), NEVER)).toEqual(BUSY)
    await vi.waitFor(() => expect(kept).toHaveLength(1))
    answerAll()
    const answers = await waiting
    expect(answers.filter((answer) => answer.kind === 'held').length).toBeGreaterThan(0)
  })

  it('hold up no other origin', async () => {
    const { started } = keeping()
    const busy = await started
    const free = await participantOf(startHttp((_request, response) => answerJson(response, 200, 'free')))
    const transport = open({ connectionsPerOrigin: 2 })
    const waiting = callMany(transport, 50, callTo(busy.origin))
    expect(await transport.call(callTo(free.origin), NEVER)).toMatchObject({ result: 'free' })
    await transport.close()
    await waiting
  })
})

describe('closing the transport', () => {
  it('answers what is under way or waits, and closes every connection', async () => {
    const { kept, started } = keeping()
    const participant = await started
    const transport = open({ connectionsPerOrigin: 2 })
    const calls = callMany(transport, 5, callTo(participant.origin))
    await vi.waitFor(() => expect(kept).toHaveLength(2))
    await transport.close()
    for (const answer of await calls) {
      expect(answer).toEqual({ kind: 'answered', outcome: 'unknown', error: 'the transport was closed' })
    }
    await vi.waitFor(() => expect(participant.openConnections()).toBe(0))
  })

  it('lets no later call through', async () => {
    const transport = open()
    await transport.close()
    expect(await transport.call(callTo(await deadOrigin()), NEVER)).toMatchObject({
      outcome: 'unknown',
      error: 'the transport was closed',
    })
  })

  it('may happen twice', async () => {
    const transport = open()
    await transport.close()
    await transport.close()
  })
})
