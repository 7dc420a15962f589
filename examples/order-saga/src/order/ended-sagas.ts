import type { Embedded } from 'assent'
import { z } from 'zod'
import { Id, problemsOf } from '../messages/payloads.ts'
import { HttpError } from '../service/http.ts'

const GIDS_MAX = 1_000
const Body = z.object({ gids: z.array(Id).max(GIDS_MAX) })

/** Which sagas have ended, as `askCoordinator` asks it: services forget their calls then. */
export async function endedSagas(assent: Embedded, body: unknown) {
  const { data, error } = Body.safeParse(body)
  if (error !== undefined)
    throw new HttpError({ status: 400, error: 'invalid gids', details: problemsOf(error) })
  const { ended, unknown } = await assent.transactions.ended(data.gids)
  return { ended: ended.map(({ gid, status, endedAt }) => ({ gid, status, ended_at: endedAt })), unknown }
}
