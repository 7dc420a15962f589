import { systemClock } from '@assent/coordinator'
import type { CallAnswer, Transport } from '@assent/engine'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callTo, NEVER } from '../../test/calls.ts'
import {
  answerJson,
  deadOrigin,
  type HttpParticipant,
  startHttp,
  startTcp,
} from '../../test/http-participant.ts'
import { BREAKER_FAILURES, BREAKER_PAUSE_MS, IDLE_ORIGINS_KEPT } from './limits.ts'
import { http } from './transport.ts'

const REFUSED = {
  kind: 'answered',
  outcome: 'unknown',
  error: expect.stringMatching(/could not connect.*ECONNREFUSED/),
}
const HELD = { kind: 'held', reason: 'CIRCUIT_OPEN', retryAfterMs: expect.any(Number) }

let skippedMs: number
let transport: Transport
let participants: HttpParticipant[]

/** Lets pauses pass without waiting for them. */
const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + skippedMs }

beforeEach(() => {
  skippedMs = 0
  participants = []
  transport = http({ clock, connectTimeoutMs: 200 })
})

afterEach(async () => {
  await transport.close()
  for (const participant of participants) await participant.close()
})

const call = (url: string, given = {}): Promise<CallAnswer> => transport.call(callTo(url, given), NEVER)

async function answerFrom(origin: string, status = 200): Promise<HttpParticipant> {
  const port = Number(new URL(origin).port)
  const participant = await startHttp((_request, response) => answerJson(response, status, 1), port)
  participants.push(participant)
  return participant
}

async function openBreaker(origin: string): Promise<void> {
  for (let time = 0; time < BREAKER_FAILURES; time++) expect(await call(origin)).toMatchObject(REFUSED)
}

describe('the circuit breaker of an origin', () => {
  it('opens when connecting is refused time after time, and then holds calls back', async () => {
    const origin = await deadOrigin()
    await openBreaker(origin)
    const held = await call(origin)
    expect(held).toEqual(HELD)
    expect(held.retryAfterMs).toBeGreaterThan(0)
    expect(held.retryAfterMs).toBeLessThanOrEqual(BREAKER_PAUSE_MS)
  })

  it('opens when the name is not known', async () => {
    const url = 'http://nobody.invalid/'
    for (let time = 0; time < BREAKER_FAILURES; time++) {
      expect(await call(url)).toMatchObject({
        outcome: 'unknown',
        error: expect.stringMatching(/could not connect/),
      })
    }
    expect(await call(url)).toEqual(HELD)
  })

  it('opens when nobody takes the connection up in time', async () => {
    const mute = await startTcp(() => {})
    participants.push(mute)
    const url = mute.origin.replace('http:', 'https:')
    const answers = await Promise.all(Array.from({ length: BREAKER_FAILURES }, () => call(url)))
    for (const answer of answers)
      expect(answer).toMatchObject({ error: expect.stringMatching(/no connection in time/) })
    expect(await call(url)).toEqual(HELD)
  })

  it('costs no connection while it is open', async () => {
    const origin = await deadOrigin()
    await openBreaker(origin)
    const participant = await answerFrom(origin)
    for (let time = 0; time < 100; time++) expect(await call(origin)).toEqual(HELD)
    expect(participant.connections()).toBe(0)
  })

  it('lets pass what an operator forces, and closes when that gets through', async () => {
    const origin = await deadOrigin()
    await openBreaker(origin)
    expect(await call(origin, { forced: true })).toMatchObject(REFUSED)
    expect(await call(origin)).toEqual(HELD)
    await answerFrom(origin)
    expect(await call(origin, { forced: true })).toMatchObject({ outcome: 'done' })
    expect(await call(origin)).toMatchObject({ outcome: 'done' })
  })

  it('sends one probe after its pause, and holds the others until it is back', async () => {
    const origin = await deadOrigin()
    await openBreaker(origin)
    await answerFrom(origin)
    skippedMs += BREAKER_PAUSE_MS
    const [probe, ...others] = await Promise.all(Array.from({ length: 10 }, () => call(origin)))
    expect(probe).toMatchObject({ outcome: 'done' })
    for (const other of others) expect(other).toEqual(HELD)
    expect(await call(origin)).toMatchObject({ outcome: 'done' })
  })

  it('stays open for longer after a probe that fails', async () => {
    const origin = await deadOrigin()
    await openBreaker(origin)
    skippedMs += BREAKER_PAUSE_MS
    expect(await call(origin)).toMatchObject(REFUSED)
    skippedMs += BREAKER_PAUSE_MS
    expect(await call(origin)).toEqual(HELD)
    skippedMs += BREAKER_PAUSE_MS
    expect(await call(origin)).toMatchObject(REFUSED)
  })

  it('is not kept open by a probe that could not be sent', async () => {
    const origin = await deadOrigin()
    await openBreaker(origin)
    await answerFrom(origin)
    skippedMs += BREAKER_PAUSE_MS
    expect(await call(origin, { headers: { upgrade: 'x' } })).toMatchObject({ outcome: 'unknown' })
    expect(await call(origin)).toMatchObject({ outcome: 'done' })
  })

  it.each([500, 503, 429, 409, 302])('never opens on answers, not even %i', async (status) => {
    const { origin } = await answerFrom('http://127.0.0.1:0', status)
    for (let time = 0; time < BREAKER_FAILURES * 3; time++)
      expect(await call(origin)).toMatchObject({ status })
  })

  it('never opens on timeouts or lost connections of a participant that can be connected to', async () => {
    const silent = await startTcp(() => {})
    const resetting = await startTcp((socket) => socket.resetAndDestroy())
    participants.push(silent, resetting)
    for (let time = 0; time < BREAKER_FAILURES * 3; time++) {
      expect(await call(silent.origin, { timeoutMs: 10 })).toMatchObject({ outcome: 'unknown' })
      expect(await call(resetting.origin)).toMatchObject({ outcome: 'unknown' })
    }
  })

  it('holds back what waits for a connection when it opens: it was never sent', async () => {
    const origin = await deadOrigin()
    const single = http({ clock, connectionsPerOrigin: 1 })
    const answers = await Promise.all(Array.from({ length: 500 }, () => single.call(callTo(origin), NEVER)))
    expect(answers.slice(0, BREAKER_FAILURES)).toEqual(
      Array(BREAKER_FAILURES).fill(expect.objectContaining(REFUSED)),
    )
    expect(answers.slice(BREAKER_FAILURES)).toEqual(Array(500 - BREAKER_FAILURES).fill(HELD))
    await single.close()
  })

  it('belongs to one origin and holds back no other', async () => {
    const origin = await deadOrigin()
    const alive = await answerFrom('http://127.0.0.1:0')
    await openBreaker(origin)
    expect(await call(origin)).toEqual(HELD)
    expect(await call(alive.origin)).toMatchObject({ outcome: 'done' })
  })

  it('is remembered for a bounded number of origins', async () => {
    const port = new URL(await deadOrigin()).port
    await openBreaker(`http://127.0.0.1:${port}`)
    for (let host = 0; host < IDLE_ORIGINS_KEPT; host++) {
      await call(`http://127.0.${1 + (host >> 8)}.${host & 255}:${port}`)
    }
    expect(await call(`http://127.0.0.1:${port}`)).toMatchObject(REFUSED)
  })
})
