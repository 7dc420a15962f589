import { messageOf } from '../answers.ts'
import { ANSWER_HEADERS_MAX_BYTES } from './limits.ts'

/** What went wrong on the way to an answer, and whether the participant couldn't be connected to. */
export interface Failure {
  /** For people. */
  error: string
  connect: boolean
}

/** Errors that say nothing of the participant: the call can't be sent as it is, or the transport was closed. */
const OURS: Readonly<Record<string, string>> = {
  UND_ERR_INVALID_ARG: 'the request can not be sent',
  UND_ERR_NOT_SUPPORTED: 'the request can not be sent',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'the request can not be sent',
  UND_ERR_DESTROYED: 'the transport was closed',
  UND_ERR_CLOSED: 'the transport was closed',
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_OVERFLOW: `its headers are longer than ${ANSWER_HEADERS_MAX_BYTES} bytes`,
}

/** How far an exchange came before it failed. */
export type Progress = 'connecting' | 'sent' | 'answering'

export function readFailure(thrown: unknown, progress: Progress, origin: string): Failure {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  const ours = OURS[code]
  if (ours !== undefined) return { error: `${ours}: ${messageOf(thrown)}`, connect: false }
  const reason = REASONS[code] ? `${REASONS[code]} (${code})` : messageOf(thrown)
  switch (progress) {
    case 'connecting':
      return { error: `could not connect to ${origin}: ${reason}`, connect: true }
    case 'sent':
      return { error: `no answer from ${origin}: ${reason}`, connect: false }
    case 'answering':
      return { error: `the answer of ${origin} broke off: ${reason}`, connect: false }
  }
}
