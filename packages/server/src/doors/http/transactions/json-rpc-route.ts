import type { TransactionApi } from '@assent/contract'
import { AnyJson } from '@assent/contract/schemas'
import { actorOf } from '../actor.ts'
import { unsupportedType } from '../json-body.ts'
import type { Register } from '../route.ts'
import { failure, RPC_ERRORS, rpc } from './json-rpc.ts'

export function jsonRpcRoute(
  register: Register,
  api: TransactionApi,
  fault: (thrown: unknown) => void,
): void {
  const call = rpc(api, fault)
  register({
    method: 'POST',
    path: '/jsonrpc',
    tag: 'transactions',
    summary: 'JSON-RPC 2.0: start, submit, abort, newGid',
    description:
      'The params are the bodies of `/api/start`, `/api/submit` and `/api/abort`. A batch is answered in order.',
    body: AnyJson,
    answers: {
      200: { description: 'An answer for each request that has an id, errors included', schema: AnyJson },
      204: { description: 'Only notifications came' },
    },
    malformed: (problem) => failure(null, RPC_ERRORS.parse, problem),
    async handle(request, reply) {
      if (request.body === undefined) throw unsupportedType(request.headers['content-type'])
      const answer = await call(request.body, actorOf(request))
      if (answer === undefined) return reply.code(204).send()
      return answer
    },
  })
}
