import type { Body } from './requests.ts'

/** Longer than any wait that is asked for. */
const ANSWER_TIMEOUT_MS = 8_000

export interface Reply {
  status: number
  body: { status?: string; code?: string; [field: string]: unknown }
}

/** `lost`: no answer came, or not all of it. `not sent`: nobody listens there. */
export type Exchanged = Reply | 'lost' | 'not sent'

export function post(url: string, body: unknown, headers: Body = {}): Promise<Exchanged> {
  return exchange(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(headers as Record<string, string>) },
    body: JSON.stringify(body),
  })
}

export function get(url: string): Promise<Exchanged> {
  return exchange(url, {})
}

async function exchange(url: string, request: RequestInit): Promise<Exchanged> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
    return { status: response.status, body: (await response.json()) as Reply['body'] }
  } catch (error) {
    return nobodyListens(error) ? 'not sent' : 'lost'
  }
}

/** Nobody listens there. */
export function nobodyListens(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as { code?: string }
  return code === 'ECONNREFUSED'
}
