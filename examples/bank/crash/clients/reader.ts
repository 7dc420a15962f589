import { setTimeout as sleep } from 'node:timers/promises'
import type { Sightings } from '../evidence/sightings.ts'

const PAUSE_MS = 150
const ANSWER_TIMEOUT_MS = 5_000
/** The newest transactions: more than are under way at once. */
const LISTED = 60
/** Of these that are open, how many are asked for one by one: what is driven is answered without the store. */
const ASKED_SINGLY = 6

interface Shown {
  gid: string
  status: string
}

/** Looks at what one coordinator shows, again and again until told to stop, whatever goes on there. */
export async function readOn(
  coordinator: { name: string; url: string },
  sightings: Sightings,
  isOver: () => boolean,
): Promise<void> {
  const look = async <Answer>(path: string): Promise<{ answer: Answer | undefined; askedAtMs: number }> => {
    const askedAtMs = performance.now()
    return { answer: await read<Answer>(`${coordinator.url}${path}`), askedAtMs }
  }
  const by = `a reader of ${coordinator.name}`
  while (!isOver()) {
    const { answer: page = [], askedAtMs } = await look<Shown[]>(`/api/tx?limit=${LISTED}`)
    for (const { gid, status } of page) sightings.note(gid, { status, by, askedAtMs })
    const open = page.filter(({ status }) => status !== 'COMMITTED' && status !== 'ABORTED')
    for (const { gid } of open.slice(-ASKED_SINGLY)) {
      const one = await look<Shown>(`/api/tx/${gid}`)
      if (one.answer === undefined) break
      sightings.note(gid, { status: one.answer.status, by, askedAtMs: one.askedAtMs })
    }
    await sleep(PAUSE_MS)
  }
}

/** Undefined when there is no answer, or not the one that was asked for. */
async function read<Answer>(url: string): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
    return response.ok ? ((await response.json()) as Answer) : undefined
  } catch {
    return undefined
  }
}
