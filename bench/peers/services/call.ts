import { poster } from '../processes/post.ts'
import type { Payload } from '../works.ts'

/** As many as Assent has to one origin. */
const CONNECTIONS = 128
const post = poster(CONNECTIONS)

/** Calls the participant and resolves with its status: 2xx or 409. A step without a URL has nothing to call. */
export async function call(url: string | undefined, payload: Payload | undefined): Promise<number> {
  if (url === undefined) return 204
  const { status, text } = await post(new URL(url), JSON.stringify(payload ?? {}))
  if (status !== 409 && (status < 200 || status > 299)) throw new Error(`${url} answered ${status}: ${text}`)
  return status
}
