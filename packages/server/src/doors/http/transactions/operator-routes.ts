import type { TransactionApi } from '@assent/contract'
import { AcceptedSchema, GidParams, ResolveBody, RetryBody } from '@assent/contract/schemas'
import { actorOf } from '../actor.ts'
import type { Register } from '../route.ts'
import { resolutionFromWire } from './wire.ts'
import { acceptedToWire } from './wire-answers.ts'

/** What an operator does with a transaction that waits. */
export function operatorRoutes(register: Register, api: TransactionApi): void {
  register({
    method: 'POST',
    path: '/api/tx/:gid/retry',
    tag: 'operators',
    summary: 'Makes due at once what waits',
    params: GidParams,
    body: RetryBody,
    answers: { 200: { description: 'Where it stands', schema: AcceptedSchema } },
    errors: ['TRANSACTION_NOT_FOUND', 'BRANCH_NOT_FOUND', 'INVALID_STATUS_TRANSITION'],
    async handle(request) {
      const { gid } = request.params
      const branchId = request.body.branch_id
      return acceptedToWire(await api.retry({ gid, branchId, actor: actorOf(request) }))
    },
  })
  register({
    method: 'POST',
    path: '/api/tx/:gid/resolve',
    tag: 'operators',
    summary: 'Says how the open call of a branch ended, after looking at the participant',
    description: 'Kept in the history with who said it. `branch_id` is absent for the query of a message.',
    params: GidParams,
    body: ResolveBody,
    answers: { 200: { description: 'Where it stands', schema: AcceptedSchema } },
    errors: ['TRANSACTION_NOT_FOUND', 'BRANCH_NOT_FOUND', 'INVALID_STATUS_TRANSITION'],
    async handle(request) {
      const resolution = resolutionFromWire(request.params.gid, request.body)
      resolution.actor = actorOf(request)
      return acceptedToWire(await api.resolve(resolution))
    },
  })
}
