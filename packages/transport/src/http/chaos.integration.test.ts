import type { IncomingMessage, ServerResponse } from 'node:http'
import { systemClock } from '@assent/coordinator'
import { expect, it } from 'vitest'
import { callTo, NEVER } from '../../test/calls.ts'
import { answerJson, deadOrigin, type HttpParticipant, startHttp } from '../../test/http-participant.ts'
import { http } from './transport.ts'

const SEED = 20_260_301
const CALLERS = 48
const PLACES = 16
const DURATION_MS = 4_000
/** What a busy machine may add to a timeout. */
const SLACK_MS = 5_000

/** The same numbers in every run, between 0 and 1. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

type Deed = (request: IncomingMessage, response: ServerResponse) => void

/** All that a participant may do to a call, and which outcome may come of it besides unknown. */
const DEEDS: readonly [deed: Deed, outcome: string][] = [
  [(_request, response) => answerJson(response, 200, 1), 'done'],
  [(_request, response) => answerJson(response.setHeader('connection', 'close'), 200, 1), 'done'],
  [(_request, response) => void setTimeout(() => answerJson(response, 200, 1), 30), 'done'],
  [
    (request, response) => {
      answerJson(response, 200, 1)
      setTimeout(() => request.socket.destroy(), 3)
    },
    'done',
  ],
  [(_request, response) => answerJson(response, 409, { code: 'POOR' }), 'refused'],
  [(_request, response) => answerJson(response, 202, {}), 'ongoing'],
  [(_request, response) => answerJson(response, 500, {}), 'unknown'],
  [() => {}, 'unknown'],
  [({ socket }) => void socket.resetAndDestroy(), 'unknown'],
  [({ socket }) => void socket.end(), 'unknown'],
  [({ socket }) => void socket.end('no HTTP\r\n\r\n'), 'unknown'],
  [(_request, response) => void response.end(Buffer.alloc(1_200_000)), 'unknown'],
  [
    (_request, response) => {
      const timer = setInterval(() => response.write('x'), 5)
      response.on('close', () => clearInterval(timer))
    },
    'unknown',
  ],
  [
    ({ socket }, response) => {
      response.setHeader('content-length', 10)
      response.write('abc', () => socket.destroy())
    },
    'unknown',
  ],
]

it('loses no call, no place and no truth, whatever a participant does while it comes and goes', async () => {
  const random = randomFrom(SEED)
  const origin = await deadOrigin()
  const port = Number(new URL(origin).port)
  /** What the participant did to each call that reached it. */
  const did = new Map<string, string>()
  const sentAgain: string[] = []
  const held: string[] = []
  let isKind = false
  const start = (): Promise<HttpParticipant> =>
    startHttp((request, response) => {
      const [deed, outcome] = DEEDS[isKind ? 0 : Math.floor(random() * DEEDS.length)]!
      const gid = String(request.headers['assent-gid'])
      if (did.has(gid)) sentAgain.push(gid)
      did.set(gid, outcome)
      response.on('error', () => {})
      request.resume().on('end', () => deed(request, response))
    }, port)

  const transport = http({ clock: systemClock, connectionsPerOrigin: PLACES })
  const end = performance.now() + DURATION_MS
  const seen = new Set<string>()
  let calls = 0

  async function callOn(): Promise<void> {
    while (performance.now() < end) {
      const gid = `call-${calls++}`
      const timeoutMs = 5 + random() * 80
      const began = performance.now()
      const call = callTo(origin, { headers: { 'assent-gid': gid }, timeoutMs, forced: random() < 0.05 })
      const answer = await transport.call(call, NEVER)
      expect(performance.now() - began).toBeLessThan(timeoutMs + SLACK_MS)
      const outcome = answer.kind === 'held' ? answer.reason : answer.outcome
      seen.add(outcome)
      if (answer.kind === 'answered' && outcome !== 'unknown') expect(outcome).toBe(did.get(gid))
      if (answer.kind !== 'held') continue
      held.push(gid)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async function comeAndGo(): Promise<HttpParticipant> {
    let participant = await start()
    while (performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      await participant.close()
      await new Promise((resolve) => setTimeout(resolve, 200))
      participant = await start()
    }
    return participant
  }

  const [participant] = await Promise.all([comeAndGo(), ...Array.from({ length: CALLERS }, callOn)])
  expect(held.filter((gid) => did.has(gid))).toEqual([])
  expect(sentAgain).toEqual([])
  isKind = true
  const last = await Promise.all(
    Array.from({ length: PLACES * 3 }, () => transport.call(callTo(origin, { forced: true }), NEVER)),
  )
  await transport.close()
  await participant.close()
  expect([...seen].sort()).toEqual(['CIRCUIT_OPEN', 'ORIGIN_BUSY', 'done', 'ongoing', 'refused', 'unknown'])
  expect(last.filter((answer) => answer.kind === 'answered' && answer.outcome === 'done')).toHaveLength(
    PLACES * 3,
  )
}, 60_000)
