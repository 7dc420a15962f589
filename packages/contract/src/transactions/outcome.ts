import type { Outcome, Phase } from './words.ts'

/** 4xx answers that say "not now" and never "no". */
const NOT_NOW = new Set([408, 425, 429])

/**
 * The outcome of a call by the HTTP status of its answer.
 *
 * A 409 is refused in every phase; that phase two can't be refused is the engine's to say. Any other 4xx
 * is refused in phase one only: in phase two it may be a wrong route, and a query aborts on 409 alone.
 */
export function httpOutcome(status: number, phase: Phase): Outcome {
  if (status === 202 || status === 425) return 'ongoing'
  if (status >= 200 && status < 300) return 'done'
  if (status === 409) return 'refused'
  if (phase === 'one' && status >= 400 && status < 500 && !NOT_NOW.has(status)) return 'refused'
  return 'unknown'
}

/** gRPC status codes that refuse a phase-one call, beside ABORTED, which refuses any. */
const GRPC_REFUSED_IN_PHASE_ONE = new Set([
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'PERMISSION_DENIED',
  'UNIMPLEMENTED',
])

/** The outcome of a call by the name of its gRPC status code. */
export function grpcOutcome(code: string, phase: Phase): Outcome {
  if (code === 'OK') return 'done'
  if (code === 'ABORTED') return 'refused'
  if (code === 'FAILED_PRECONDITION') return 'ongoing'
  if (phase === 'one' && GRPC_REFUSED_IN_PHASE_ONE.has(code)) return 'refused'
  return 'unknown'
}
