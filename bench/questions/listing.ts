import { type LoadProcess, type Seen, startLoad } from '../processes/load.ts'
import { type Participant, startParticipant } from '../processes/participant.ts'
import { startServer, temporaryDirectory } from '../processes/server.ts'
import type { Finding } from '../report/finding.ts'
import { count, milliseconds, ratio } from '../report/words.ts'
import { fill, NAMES } from '../seed/fill.ts'
import type { Question } from './question.ts'

const SMALL = { ended: 10_000, parked: 1_000 }
const LARGE = { ended: 1_000_000, parked: 100_000 }
const LIMIT = 20
const PAGE = 100
const QUERY_SECONDS = 1
const DAY_MS = 86_400_000
/** How many times as long the slowest filter may take in the large store. */
const SLOWER_MAX = 2

/** Each filter alone, and some that are asked together. */
function filters(): Record<string, string> {
  const dayAgo = Date.now() - DAY_MS
  return {
    'no filter': '',
    'status, ended': 'status=COMMITTED',
    'status, open': 'status=SUBMITTED',
    mode: 'mode=saga',
    name: `name=${NAMES[1]}`,
    label: 'label=tenant:t-17',
    attention: 'attention=true',
    'created before': `created_before=${dayAgo}`,
    'created after': `created_after=${dayAgo}`,
    'gid prefix': `gid_prefix=${Math.floor(dayAgo / 2 ** 28)
      .toString(16)
      .padStart(5, '0')}`,
    'status and name': `status=ABORTED&name=${NAMES[0]}`,
    'name and age': `name=${NAMES[2]}&created_before=${dayAgo}`,
  }
}

/** Latencies of one filter in one store; a page is absent where there are not so many. */
interface Pages {
  first: Seen
  later?: Seen
}

export const listing: Question = {
  name: 'listing',
  async answer() {
    await using participant = await startParticipant()
    await using load = await startLoad()
    console.log('small store')
    const small = await measure(load, participant, SMALL)
    console.log('large store')
    const large = await measure(load, participant, LARGE)
    return finding(small, large)
  },
}

async function measure(
  load: LoadProcess,
  participant: Participant,
  amounts: { ended: number; parked: number },
): Promise<Record<string, Pages>> {
  using directory = temporaryDirectory()
  await fill(directory.path, participant, amounts)
  await using server = await startServer({ directory: directory.path })
  const found: Record<string, Pages> = {}
  const ask = (url: string): Promise<Seen> =>
    load.run({ url, connections: 1, seconds: QUERY_SECONDS, status: 200 })
  await ask(`${server.url}/api/tx?limit=${LIMIT}`)
  for (const [name, filter] of Object.entries(filters())) {
    const base = `${server.url}/api/tx?limit=${LIMIT}${filter === '' ? '' : `&${filter}`}`
    const cursor = await cursorOf(base, PAGE)
    const first = await ask(base)
    found[name] = cursor === undefined ? { first } : { first, later: await ask(`${base}&cursor=${cursor}`) }
    console.log(`  ${name}: ${milliseconds(first.p50Ms)}`)
  }
  return found
}

/** Where a page begins, found by reading all before it; undefined where there are not so many. */
async function cursorOf(base: string, page: number): Promise<string | undefined> {
  let cursor: string | undefined
  for (let read = 1; read < page; read++) {
    const answer = await fetch(cursor === undefined ? base : `${base}&cursor=${cursor}`)
    if (!answer.ok) throw new Error(`${base} answered ${answer.status}: ${await answer.text()}`)
    await answer.arrayBuffer()
    const next = answer.headers.get('x-next-cursor')
    if (next === null) return undefined
    cursor = encodeURIComponent(next)
  }
  return cursor
}

function finding(small: Record<string, Pages>, large: Record<string, Pages>): Finding {
  const slowdowns = Object.entries(large).flatMap(([name, pages]) => {
    const before = small[name]?.first.p50Ms ?? Number.NaN
    const slowest = Math.max(pages.first.p50Ms, pages.later?.p50Ms ?? 0)
    return [{ name, factor: slowest / before, slowest }]
  })
  const worst = slowdowns.reduce((one, other) => (other.factor > one.factor ? other : one))
  const cells = (pages: Pages | undefined): string[] =>
    [pages?.first, pages?.later].flatMap((seen) =>
      seen === undefined ? ['–', '–'] : [milliseconds(seen.p50Ms), milliseconds(seen.p99Ms)],
    )
  const all = (amounts: typeof SMALL): string => count(amounts.ended + amounts.parked)
  return {
    question: 'listing',
    asks: `Does listing slow down with what there is to list? Pages of ${LIMIT} with each filter, with ${all(LARGE)} and with ${all(SMALL)} transactions in the store.`,
    settings: [
      '`GET /api/tx` of one server with its defaults, one request at a time from one autocannon process; the store holds copies of real transactions, see growth.',
      `Page ${PAGE} is asked for by its cursor. A small store has not so many pages of everything.`,
      `${QUERY_SECONDS} s for each page; the stores are measured one after the other.`,
    ],
    figures: [
      {
        what: `slowest page of the large store to the same filter's first page of the small one (${worst.name}, ${milliseconds(worst.slowest)})`,
        measured: ratio(worst.factor),
        target: `at most ${SLOWER_MAX}`,
        met: worst.factor <= SLOWER_MAX,
      },
    ],
    tables: [
      {
        title: `${all(LARGE)} transactions`,
        head: ['filter', 'first page, p50', 'p99', `page ${PAGE}, p50`, 'p99'],
        rows: Object.entries(large).map(([name, pages]) => [name, ...cells(pages)]),
      },
      {
        title: `${all(SMALL)} transactions`,
        head: ['filter', 'first page, p50', 'p99', `page ${PAGE}, p50`, 'p99'],
        rows: Object.entries(small).map(([name, pages]) => [name, ...cells(pages)]),
      },
    ],
  }
}
