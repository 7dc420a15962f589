import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { ANSWER_MAX_BYTES } from '@assent/contract'
import { systemClock } from '@assent/coordinator'
import type { Transport } from '@assent/engine'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { callTo, NEVER } from '../../test/calls.ts'
import { answerJson, type HttpParticipant, startHttp, startTcp } from '../../test/http-participant.ts'
import { ANSWER_HEADERS_MAX_BYTES } from './limits.ts'
import { http } from './transport.ts'

const TIMEOUT_MS = 300
/** What a busy machine may add to a timeout. */
const SLACK_MS = 2_000

let transport: Transport
let participant: HttpParticipant | undefined

beforeEach(() => {
  transport = http({ clock: systemClock })
})

afterEach(async () => {
  await transport.close()
  await participant?.close()
  participant = undefined
})

async function callOnce(started: Promise<HttpParticipant>, given = {}) {
  participant = await started
  return transport.call(callTo(`${participant.origin}/debit`, given), NEVER)
}

/** Calls with a short timeout, and expects the call to be over by then. */
async function callInTime(started: Promise<HttpParticipant>) {
  participant = await started
  const began = performance.now()
  const answer = await transport.call(callTo(participant.origin, { timeoutMs: TIMEOUT_MS }), NEVER)
  expect(performance.now() - began).toBeLessThan(TIMEOUT_MS + SLACK_MS)
  return answer
}

const expectDropped = () => vi.waitFor(() => expect(participant!.openConnections()).toBe(0), SLACK_MS)

function writeAll(response: ServerResponse, bytes: number, written: { bytes: number }): void {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  const more = (): void => {
    while (written.bytes < bytes && !response.destroyed) {
      written.bytes += chunk.length
      if (!response.write(chunk)) {
        response.once('drain', more)
        return
      }
    }
    response.end()
  }
  more()
}

describe('an answer that is too long', () => {
  it('of 100 MB is unknown, and its connection is dropped before much of it is read', async () => {
    const written = { bytes: 0 }
    const answer = await callOnce(startHttp((_request, response) => writeAll(response, 100e6, written)))
    expect(answer).toEqual({
      kind: 'answered',
      outcome: 'unknown',
      status: 200,
      error: `the answer is longer than ${ANSWER_MAX_BYTES} bytes`,
    })
    await expectDropped()
    expect(written.bytes).toBeLessThan(20e6)
  })

  it('is not read at all if it says so beforehand', async () => {
    const answer = await callOnce(
      startHttp((_request, response) => {
        response.setHeader('content-length', 100e6)
        response.write('x')
      }),
    )
    expect(answer).toMatchObject({
      outcome: 'unknown',
      status: 200,
      error: expect.stringMatching(/longer than/),
    })
    await expectDropped()
  })

  it('is unknown even if its status refuses', async () => {
    const answer = await callOnce(
      startHttp((_request, response) => writeAll(response.writeHead(409), 2e6, { bytes: 0 })),
    )
    expect(answer).toMatchObject({ outcome: 'unknown', status: 409 })
    expect(answer).not.toHaveProperty('refusal')
  })

  it('without end is unknown as soon as it is too long', async () => {
    const started = startHttp((_request, response) =>
      writeAll(response, Number.POSITIVE_INFINITY, { bytes: 0 }),
    )
    expect(await callOnce(started)).toMatchObject({
      outcome: 'unknown',
      error: expect.stringMatching(/longer/),
    })
    await expectDropped()
  })

  it('begins a byte beyond ANSWER_MAX_BYTES', async () => {
    let length = ANSWER_MAX_BYTES
    const started = startHttp((_request, response) => response.end('x'.repeat(length)))
    expect(await callOnce(started)).toMatchObject({ outcome: 'done', resultOmitted: true })
    length += 1
    const answer = await transport.call(callTo(participant!.origin), NEVER)
    expect(answer).toMatchObject({ outcome: 'unknown' })
  })

  it('in its headers is unknown', async () => {
    const started = startTcp((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(ANSWER_HEADERS_MAX_BYTES)}\r\n\r\n`)
    })
    expect(await callOnce(started)).toMatchObject({ outcome: 'unknown' })
  })

  it('leaves the transport fit for the next call', async () => {
    let isFirst = true
    const started = startHttp((_request, response) => {
      if (isFirst) writeAll(response, 2e6, { bytes: 0 })
      else answerJson(response, 200, 'fine')
      isFirst = false
    })
    await callOnce(started)
    expect(await transport.call(callTo(participant!.origin), NEVER)).toMatchObject({ result: 'fine' })
  })
})

describe('an answer that takes too long', () => {
  it('because none comes is unknown at the timeout', async () => {
    const answer = await callInTime(startHttp(() => {}))
    expect(answer).toEqual({
      kind: 'answered',
      outcome: 'unknown',
      error: `no answer from ${participant!.origin} within ${TIMEOUT_MS} ms`,
    })
    await expectDropped()
  })

  it('because its body dribbles is unknown at the timeout', async () => {
    const dribble = (response: ServerResponse): void => {
      const timer = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(timer))
    }
    const answer = await callInTime(startHttp((_request, response) => dribble(response)))
    expect(answer).toMatchObject({
      outcome: 'unknown',
      status: 200,
      error: `the answer of ${participant!.origin} was not complete within ${TIMEOUT_MS} ms`,
    })
    await expectDropped()
  })

  it('because its headers dribble is unknown at the timeout', async () => {
    const started = startTcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write('x-more: y\r\n'), 10)
      socket.on('close', () => clearInterval(timer))
    })
    expect(await callInTime(started)).toMatchObject({ outcome: 'unknown' })
    await expectDropped()
  })

  it('because early hints never end is unknown at the timeout', async () => {
    const started = startTcp((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 10)
      socket.on('close', () => clearInterval(timer))
    })
    expect(await callInTime(started)).toMatchObject({ outcome: 'unknown' })
    await expectDropped()
  })

  it('because the participant never reads is unknown at the timeout', async () => {
    participant = await startTcp((socket) => socket.pause())
    const body = 'x'.repeat(20e6)
    const began = performance.now()
    const answer = await transport.call(callTo(participant.origin, { body, timeoutMs: TIMEOUT_MS }), NEVER)
    expect(answer).toMatchObject({ outcome: 'unknown' })
    expect(performance.now() - began).toBeLessThan(TIMEOUT_MS + SLACK_MS)
  })
})

describe('an answer that is broken', () => {
  const speak = (text: string, end: (socket: Socket) => void) =>
    startTcp((socket) => {
      socket.write(text, () => setTimeout(() => end(socket), 20))
    })
  const cases: [string, string, (socket: Socket) => void][] = [
    ['a connection closed without an answer', '', (socket) => socket.end()],
    ['a connection reset without an answer', '', (socket) => socket.resetAndDestroy()],
    ['a connection closed amid the headers', 'HTTP/1.1 200 OK\r\ncontent-', (socket) => socket.end()],
    ['a body that is cut off', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"a":', (socket) => socket.end()],
    [
      'a connection reset amid the body',
      'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"a":',
      (socket) => socket.resetAndDestroy(),
    ],
    [
      'a chunked body without its last chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n',
      (socket) => socket.end(),
    ],
    ['chunks that are none', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', () => {}],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}',
      (socket) => socket.end(),
    ],
    ['something else than HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', () => {}],
    [
      'an upgrade that nobody asked for',
      'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
      () => {},
    ],
    ['a 100 that nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\n', () => {}],
    [
      'a refusal that is cut off',
      'HTTP/1.1 409 Conflict\r\ncontent-length: 9\r\n\r\n{"c"',
      (socket) => socket.end(),
    ],
  ]

  it.each(cases)('by %s is unknown, and says so in a line', async (_name, text, end) => {
    const answer = await callOnce(speak(text, end), { timeoutMs: 3_000 })
    expect(answer).toMatchObject({ kind: 'answered', outcome: 'unknown' })
    expect(answer).toHaveProperty('error', expect.stringMatching(/^[^\n]*http:\/\/127\.0\.0\.1[^\n]*$/))
    expect(answer).not.toHaveProperty('result')
    expect(answer).not.toHaveProperty('refusal')
    await expectDropped()
  })

  it('is never sent again by the transport itself', async () => {
    await callOnce(speak('', (socket) => socket.resetAndDestroy()))
    expect(participant!.requests()).toBe(1)
  })

  it('may end with the connection if it announced no length', async () => {
    const answer = await callOnce(speak('HTTP/1.1 200 OK\r\n\r\n{"a":1}', (socket) => socket.end()))
    expect(answer).toEqual({ kind: 'answered', outcome: 'done', status: 200, result: { a: 1 } })
  })
})
