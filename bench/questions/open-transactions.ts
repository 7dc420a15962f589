import { startLoad } from '../processes/load.ts'
import type { Participant } from '../processes/participant.ts'

const CONNECTIONS = 64
const PAGE = 1_000
const OPEN_STATUSES = ['SUBMITTED', 'COMMITTING', 'ABORTING'] as const

/** Has a server accept so many sagas of two HTTP branches whose first calls are held; answers how long it took. */
export async function acceptHeld(url: string, { held, done }: Participant, amount: number): Promise<number> {
  await using load = await startLoad()
  const payload = { account: 'alice', amount: 100, currency: 'EUR', reference: 'invoice 4711' }
  const branch = { action: held, compensate: done, payload }
  const body = JSON.stringify({ name: 'transfer', branches: [branch, branch] })
  const beganMs = performance.now()
  const common = { body, connections: CONNECTIONS, seconds: 0, status: 201 }
  await load.run({ ...common, url: `${url}/api/tx`, amount })
  return performance.now() - beganMs
}

/** Whether any transaction that was submitted has not ended yet. */
export async function hasOpen(url: string): Promise<boolean> {
  for (const status of OPEN_STATUSES) {
    if ((await page(`${url}/api/tx?status=${status}&limit=1`)).count > 0) return true
  }
  return false
}

/** How many transactions have this status; reads every one of them. */
export async function countTransactions(url: string, status: string): Promise<number> {
  let found = 0
  let cursor: string | null = null
  do {
    const from: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const next = await page(`${url}/api/tx?status=${status}&limit=${PAGE}${from}`)
    found += next.count
    cursor = next.cursor
  } while (cursor !== null)
  return found
}

async function page(url: string): Promise<{ count: number; cursor: string | null }> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  const transactions = (await answer.json()) as unknown[]
  return { count: transactions.length, cursor: answer.headers.get('x-next-cursor') }
}
