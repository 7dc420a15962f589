import type { TransactionApi } from '@assent/contract'
import {
  AddBranchBody,
  BranchAcceptedSchema,
  BranchKeyBody,
  BranchStandingSchema,
  ReportBody,
  TrySchema,
} from '@assent/contract/schemas'
import { actorOf } from '../actor.ts'
import type { Register } from '../route.ts'
import { addedBranchFromWire, reportFromWire } from './wire.ts'
import { branchAcceptedToWire, branchStandingToWire, tryToWire } from './wire-answers.ts'

/** What an application does with the branches of an open transaction. */
export function branchRoutes(register: Register, api: TransactionApi): void {
  registerEntering(register, api)
  registerDeciding(register, api)
  registerReporting(register, api)
}

function registerEntering(register: Register, api: TransactionApi): void {
  register({
    method: 'POST',
    path: '/api/branch/add',
    tag: 'branches',
    summary: 'Adds a branch to an open transaction',
    body: AddBranchBody,
    answers: { 200: { description: 'Accepted, now or before', schema: BranchAcceptedSchema } },
    errors: ['TRANSACTION_NOT_FOUND', 'CONFLICT', 'INVALID_STATUS_TRANSITION'],
    async handle(request) {
      const { body } = request
      const branch = addedBranchFromWire(body)
      return branchAcceptedToWire(await api.addBranch({ gid: body.gid, branch, actor: actorOf(request) }))
    },
  })
  register({
    method: 'POST',
    path: '/api/branch/try',
    tag: 'branches',
    summary: 'Registers a branch durably, then calls its phase one once',
    description: 'The transaction stays open, and the application decides.',
    body: AddBranchBody,
    answers: {
      200: { description: 'The participant did it', schema: TrySchema },
      202: { description: 'Ongoing, or nobody knows', schema: TrySchema },
    },
    errors: ['TRANSACTION_NOT_FOUND', 'BRANCH_REFUSED', 'CONFLICT', 'INVALID_STATUS_TRANSITION'],
    async handle(request, reply) {
      const { body } = request
      const branch = addedBranchFromWire(body)
      const answer = await api.tryBranch({ gid: body.gid, branch, actor: actorOf(request) })
      reply.code(answer.outcome === 'done' ? 200 : 202)
      return tryToWire(body.gid, body.branch_id, answer)
    },
  })
}

function registerDeciding(register: Register, api: TransactionApi): void {
  const deciding = [
    {
      path: '/api/branch/confirm',
      summary: 'Decides to commit the whole, and waits for the call of this branch',
      errors: ['BRANCH_UNDECIDED'] as const,
      decide: (request: Parameters<TransactionApi['confirmBranch']>[0]) => api.confirmBranch(request),
    },
    {
      path: '/api/branch/cancel',
      summary: 'Decides to abort the whole, and waits for the undo of this branch',
      errors: [],
      decide: (request: Parameters<TransactionApi['cancelBranch']>[0]) => api.cancelBranch(request),
    },
  ]
  for (const { path, summary, errors, decide } of deciding) {
    register({
      method: 'POST',
      path,
      tag: 'branches',
      summary,
      description: 'Asked again it answers the same, and calls nothing.',
      body: BranchKeyBody,
      answers: {
        200: { description: 'Decided, and this branch is through', schema: BranchStandingSchema },
        202: { description: 'Decided; the call of this branch is still open', schema: BranchStandingSchema },
      },
      errors: ['TRANSACTION_NOT_FOUND', 'BRANCH_NOT_FOUND', 'INVALID_STATUS_TRANSITION', ...errors],
      async handle(request, reply) {
        const { gid, branch_id: branchId } = request.body
        const standing = await decide({ gid, branchId, actor: actorOf(request) })
        reply.code(standing.open ? 202 : 200)
        return branchStandingToWire(standing)
      },
    })
  }
}

function registerReporting(register: Register, api: TransactionApi): void {
  const reporting = [
    { path: '/api/branch/succeed', outcome: 'done', summary: 'Says that a branch did what was asked' },
    { path: '/api/branch/fail', outcome: 'refused', summary: 'Says that a branch refused, in phase one' },
  ] as const
  for (const { path, outcome, summary } of reporting) {
    register({
      method: 'POST',
      path,
      tag: 'branches',
      summary,
      description: 'For a branch that the application drives, or whose last answer was ongoing.',
      body: ReportBody,
      answers: { 200: { description: 'Recorded, now or before', schema: BranchAcceptedSchema } },
      errors: ['TRANSACTION_NOT_FOUND', 'BRANCH_NOT_FOUND', 'INVALID_STATUS_TRANSITION'],
      async handle(request) {
        const report = reportFromWire(request.body, outcome)
        report.actor = actorOf(request)
        return branchAcceptedToWire(await api.reportBranch(report))
      },
    })
  }
}
