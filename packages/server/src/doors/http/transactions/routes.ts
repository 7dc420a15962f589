import type { TransactionApi } from '@assent/contract'
import {
  AbortBody,
  AcceptedSchema,
  EndedBody,
  EndedSchema,
  GetQuery,
  GidParams,
  ListQuerySchema,
  RunBody,
  StartBody,
  SubmitBody,
  shared,
} from '@assent/contract/schemas'
import Type from 'typebox'
import { actorOf } from '../actor.ts'
import type { Register } from '../route.ts'
import { listQueryFromWire, runFromWire, startFromWire, waitMs } from './wire.ts'
import { acceptedToWire, endedToWire, standingToWire, transactionToWire } from './wire-answers.ts'

const TRANSACTION = shared('Transaction')
const STANDING = shared('Standing')

/** What an application does with a transaction as a whole. */
export function transactionRoutes(register: Register, api: TransactionApi): void {
  registerCommands(register, api)
  registerReading(register, api)
}

function registerCommands(register: Register, api: TransactionApi): void {
  register({
    method: 'POST',
    path: '/api/start',
    tag: 'transactions',
    summary: 'Opens a transaction; nothing is called until it is submitted',
    body: StartBody,
    answers: { 200: { description: 'Accepted, now or before', schema: AcceptedSchema } },
    errors: ['CONFLICT'],
    async handle(request) {
      return acceptedToWire(await api.start({ ...startFromWire(request.body), actor: actorOf(request) }))
    },
  })
  register({
    method: 'POST',
    path: '/api/tx',
    tag: 'transactions',
    summary: 'Starts, adds branches and submits as one durable write',
    body: RunBody,
    answers: {
      201: { description: 'Accepted', schema: STANDING },
      200: { description: 'Accepted before, with the same content', schema: STANDING },
    },
    errors: ['CONFLICT'],
    async handle(request, reply) {
      const { body } = request
      const run = runFromWire(body)
      const standing = await api.run({ ...run, waitMs: waitMs(body.wait), actor: actorOf(request) })
      reply.code(standing.repeated ? 200 : 201)
      return standingToWire(standing)
    },
  })
  register({
    method: 'POST',
    path: '/api/submit',
    tag: 'transactions',
    summary: 'Hands an open transaction over to be driven to its end',
    body: SubmitBody,
    answers: { 200: { description: 'Accepted, now or before', schema: STANDING } },
    errors: ['TRANSACTION_NOT_FOUND', 'BRANCH_UNDECIDED', 'INVALID_STATUS_TRANSITION'],
    async handle(request) {
      const { gid, wait } = request.body
      return standingToWire(await api.submit({ gid, waitMs: waitMs(wait), actor: actorOf(request) }))
    },
  })
  register({
    method: 'POST',
    path: '/api/abort',
    tag: 'transactions',
    summary: 'Decides to abort: whatever may have taken effect is undone',
    body: AbortBody,
    answers: { 200: { description: 'Decided, now or before', schema: STANDING } },
    errors: ['TRANSACTION_NOT_FOUND', 'INVALID_STATUS_TRANSITION'],
    async handle(request) {
      const { gid, reason, wait } = request.body
      return standingToWire(await api.abort({ gid, reason, waitMs: waitMs(wait), actor: actorOf(request) }))
    },
  })
}

function registerReading(register: Register, api: TransactionApi): void {
  register({
    method: 'GET',
    path: '/api/tx/:gid',
    tag: 'transactions',
    summary: 'A transaction with its branches and what was tried',
    params: GidParams,
    query: GetQuery,
    answers: { 200: { description: 'As it durably stands', schema: TRANSACTION } },
    errors: ['TRANSACTION_NOT_FOUND'],
    long: true,
    async handle({ params, query }) {
      return transactionToWire(await api.get({ gid: params.gid, waitMs: waitMs(query.wait) }))
    },
  })
  register({
    method: 'GET',
    path: '/api/tx',
    tag: 'transactions',
    summary: 'Transactions, newest first',
    description:
      'The header `X-Next-Cursor` names where the next page begins, and is absent on the last one; ' +
      '`X-Total-Count` is given where counting is cheap. `label` is `key:value`.',
    query: ListQuerySchema,
    answers: { 200: { description: 'One page', schema: Type.Array(TRANSACTION) } },
    long: true,
    async handle({ query }, reply) {
      const page = await api.list(listQueryFromWire(query))
      if (page.nextCursor !== undefined) reply.header('x-next-cursor', page.nextCursor)
      if (page.totalCount !== undefined) reply.header('x-total-count', page.totalCount)
      return page.transactions.map(transactionToWire)
    },
  })
  register({
    method: 'POST',
    path: '/api/tx/ended',
    tag: 'transactions',
    summary: 'Which of these transactions have ended; for the sweeps of participants',
    description: 'A gid that is known and has not ended is in neither list.',
    body: EndedBody,
    answers: { 200: { description: 'Those that ended, and those nothing is known of', schema: EndedSchema } },
    long: true,
    async handle({ body }) {
      return endedToWire(await api.ended(body.gids))
    },
  })
}
