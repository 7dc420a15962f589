import { AssentError, type DurableState, isEnded, type TransactionApi } from '@assent/contract'
import { GidParams } from '@assent/contract/schemas'
import type { FastifyReply } from 'fastify'
import { EVENT_STREAMS_MAX } from '../limits.ts'
import type { Register } from '../route.ts'
import { EventStream } from './event-stream.ts'
import { transactionToWire } from './wire-answers.ts'

/** Streams that are open at a door, so that it can end them and never has too many. */
export type OpenStreams = Set<EventStream>

/** The states of a transaction as they become durable, as server-sent events. */
export function eventRoutes(register: Register, api: TransactionApi, open: OpenStreams): void {
  register({
    method: 'GET',
    path: '/api/tx/:gid/events',
    tag: 'transactions',
    summary: 'Durable states until the end, as server-sent events',
    description:
      'Each event holds the transaction as GET shows it, and its `id` is the version of that state; some ' +
      'states may be skipped. The header `Last-Event-ID` resumes behind a version. An event `end` closes ' +
      'the stream; a reader who comes back after it is answered 204, which tells it to stay away.',
    params: GidParams,
    streams: true,
    answers: {
      200: { description: 'States as they become durable', contentType: 'text/event-stream' },
      204: { description: 'The transaction has ended, and its last state was already seen' },
    },
    errors: ['TRANSACTION_NOT_FOUND', 'RATE_LIMIT_EXCEEDED'],
    async handle(request, reply) {
      const { gid } = request.params
      const after = lastSeen(request.headers['last-event-id'])
      if (open.size >= EVENT_STREAMS_MAX) throw tooMany()
      const transaction = await api.get({ gid })
      const stopped = new AbortController()
      const states = api.events({ gid, after, signal: stopped.signal })[Symbol.asyncIterator]()
      // Nothing more can come of a transaction that has ended: its one state left, or none.
      const first = isEnded(transaction.status) ? await states.next() : undefined
      if (first?.done === true) return reply.code(204).send()
      return stream({ states, first, stopped, reply, open })
    },
  })
}

async function stream(through: {
  states: AsyncIterator<DurableState>
  first: IteratorResult<DurableState> | undefined
  stopped: AbortController
  reply: FastifyReply
  open: OpenStreams
}): Promise<void> {
  const { states, stopped, reply, open } = through
  reply.hijack()
  const events = new EventStream(reply.raw, () => stopped.abort())
  open.add(events)
  try {
    let next = through.first ?? (await states.next())
    while (next.done !== true && !stopped.signal.aborted) {
      const { version, transaction } = next.value
      await events.send(String(version), transactionToWire(transaction))
      next = await states.next()
    }
    events.end()
  } catch {
    // What was promised are the states that came; the reader resumes behind the last of them.
    events.cut()
  } finally {
    open.delete(events)
    await states.return?.()
  }
}

function lastSeen(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === '') return undefined
  const version = Number(header)
  if (/^\d+$/.test(String(header)) && Number.isSafeInteger(version)) return version
  const problem = 'must be the id of an event of this transaction'
  throw new AssentError('INVALID_REQUEST', `the header last-event-id ${problem}`, [
    { path: 'last-event-id', problem },
  ])
}

function tooMany(): AssentError {
  return new AssentError(
    'RATE_LIMIT_EXCEEDED',
    `${EVENT_STREAMS_MAX} event streams are open, which is the most`,
    {
      streams: EVENT_STREAMS_MAX,
    },
  )
}
