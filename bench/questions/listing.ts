import { type LoadProcess, type Seen, startLoad } from '../processes/load.ts'
import { startParticipant } from '../processes/participant.ts'
import { startServer, temporaryDirectory } from '../processes/server.ts'
import type { Finding, Table } from '../report/finding.ts'
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

/** Asked together, and walked by the index of one of them. */
const TOGETHER = ['status and name', 'name and age']

export const listing: Question = {
  name: 'listing',
  async answer() {
    using smallDirectory = temporaryDirectory()
    using largeDirectory = temporaryDirectory()
    await using participant = await startParticipant()
    await using load = await startLoad()
    await fill(smallDirectory.path, participant, SMALL)
    await fill(largeDirectory.path, participant, LARGE)
    await using small = await startServer({ directory: smallDirectory.path })
    await using large = await startServer({ directory: largeDirectory.path })
    const found: Record<string, { small: Pages; large: Pages }> = {}
    for (const [name, filter] of Object.entries(filters())) {
      found[name] = { small: await measure(load, small, filter), large: await measure(load, large, filter) }
      console.log(`  ${name}: ${milliseconds(found[name].large.first.p50Ms)}`)
    }
    return finding(found)
  },
}

async function measure(load: LoadProcess, { url }: { url: string }, filter: string): Promise<Pages> {
  const base = `${url}/api/tx?limit=${LIMIT}${filter === '' ? '' : `&${filter}`}`
  const ask = (page: string): Promise<Seen> =>
    load.run({ url: page, connections: 1, seconds: QUERY_SECONDS, status: 200 })
  const cursor = await cursorOf(base, PAGE)
  const first = await ask(base)
  return cursor === undefined ? { first } : { first, later: await ask(`${base}&cursor=${cursor}`) }
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

function finding(found: Record<string, { small: Pages; large: Pages }>): Finding {
  const slowdowns = Object.entries(found)
    .filter(([name]) => !TOGETHER.includes(name))
    .map(([name, { small, large }]) => {
      const slowest = Math.max(large.first.p50Ms, large.later?.p50Ms ?? 0)
      return { name, factor: slowest / small.first.p50Ms, slowest }
    })
  const worst = slowdowns.reduce((one, other) => (other.factor > one.factor ? other : one))
  const all = (amounts: typeof SMALL): string => count(amounts.ended + amounts.parked)
  return {
    question: 'listing',
    asks: `Does listing slow down with what there is to list? Pages of ${LIMIT} with each filter, with ${all(LARGE)} and with ${all(SMALL)} transactions in the store.`,
    settings: [
      '`GET /api/tx` of two servers with their defaults, one request at a time from one autocannon process; the stores hold copies of real transactions, see growth.',
      `Page ${PAGE} is asked for by its cursor. A small store has not so many pages of everything.`,
      `${QUERY_SECONDS} s for each page, filter by filter, first in the small store and then in the large one.`,
      `The figure leaves out filters that are asked together (${TOGETHER.join(', ')}): they are walked by the index of one, past rows that the other refuses.`,
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
      pagesTable(`${all(LARGE)} transactions`, found, ({ large }) => large),
      pagesTable(`${all(SMALL)} transactions`, found, ({ small }) => small),
    ],
  }
}

function pagesTable(
  title: string,
  found: Record<string, { small: Pages; large: Pages }>,
  pick: (both: { small: Pages; large: Pages }) => Pages,
): Table {
  const cells = ({ first, later }: Pages): string[] =>
    [first, later].flatMap((seen) =>
      seen === undefined ? ['–', '–'] : [milliseconds(seen.p50Ms), milliseconds(seen.p99Ms)],
    )
  return {
    title,
    head: ['filter', 'first page, p50', 'p99', `page ${PAGE}, p50`, 'p99'],
    rows: Object.entries(found).map(([name, both]) => [name, ...cells(pick(both))]),
  }
}
