import { ENDED_STATUSES, type EndedAnswer } from '@assent/contract'
import type { AskEnded } from './sweep.ts'

/** How long the coordinator may take to answer. */
export const ASK_TIMEOUT_MS = 10_000

export interface AskOptions {
  headers?: Readonly<Record<string, string>>
  timeoutMs?: number
}

/** Asks a server which gids have ended. `url` is its origin, such as `http://127.0.0.1:36789`. */
export function askCoordinator(url: string, options: AskOptions = {}): AskEnded {
  const address = new URL('/api/tx/ended', url)
  return async (gids) => {
    const response = await fetch(address, {
      method: 'POST',
      headers: { ...options.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ gids }),
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeoutMs ?? ASK_TIMEOUT_MS),
    })
    const text = await response.text()
    if (!response.ok)
      throw new Error(`${address} answered ${response.status}: ${text.slice(0, SHOWN_LENGTH)}`)
    return readAnswer(text, address)
  }
}

const SHOWN_LENGTH = 500

/** Rows are deleted on the strength of this answer, so nothing in it is guessed. */
function readAnswer(text: string, address: URL): EndedAnswer {
  const answer: unknown = JSON.parse(text)
  if (!isRecord(answer) || !Array.isArray(answer.ended) || !Array.isArray(answer.unknown)) {
    throw new Error(`${address} did not answer with the lists ended and unknown`)
  }
  return { ended: answer.ended.map(readEnded), unknown: answer.unknown.map(readUnknown) }
}

function readEnded(entry: unknown): EndedAnswer['ended'][number] {
  const { gid, status, ended_at: endedAt } = isRecord(entry) ? entry : {}
  const ended = ENDED_STATUSES.find((each) => each === status)
  if (typeof gid !== 'string' || typeof endedAt !== 'number' || ended === undefined) {
    throw new Error(`an ended transaction needs gid, status and ended_at: ${JSON.stringify(entry)}`)
  }
  return { gid, status: ended, endedAt }
}

function readUnknown(gid: unknown): string {
  if (typeof gid !== 'string') throw new Error(`an unknown gid must be a string: ${JSON.stringify(gid)}`)
  return gid
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
