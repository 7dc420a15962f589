import { median } from '../measure/median.ts'
import { type LoadProcess, type Seen, startLoad } from '../processes/load.ts'
import { startParticipant } from '../processes/participant.ts'
import { startServer, temporaryDirectory } from '../processes/server.ts'
import { inDirectory } from '../processes/store-place.ts'
import type { Finding, Table } from '../report/finding.ts'
import { count, milliseconds, ratio } from '../report/words.ts'
import { fill, NAMES } from '../seed/fill.ts'
import type { Question } from './question.ts'

const SMALL = { ended: 10_000, parked: 1_000 }
const LARGE = { ended: 1_000_000, parked: 100_000 }
const LIMIT = 20
const PAGE = 100
const QUERY_SECONDS = 0.5
const ROUNDS = 5
const DAY_MS = 86_400_000
/** How many times as long a page may take that lies far behind the first. */
const SLOWER_MAX = 1.5

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

/** Medians of one page over the rounds. */
interface Latency {
  p50Ms: number
  p99Ms: number
}

/** Latencies of one filter in one store; a page is absent where there are not so many. */
interface Pages {
  first: Latency
  later?: Latency
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
    await fill(inDirectory(smallDirectory.path), participant, SMALL)
    await fill(inDirectory(largeDirectory.path), participant, LARGE)
    await using small = await startServer({ directory: smallDirectory.path })
    await using large = await startServer({ directory: largeDirectory.path })
    const found: Record<string, { small: Pages; large: Pages }> = {}
    for (const [name, filter] of Object.entries(filters())) {
      found[name] = await measure(load, small.url, large.url, filter)
      console.log(`  ${name}: ${milliseconds(found[name].large.first.p50Ms)}`)
    }
    return finding(found)
  },
}

/** The same pages of both stores in turns. */
async function measure(
  load: LoadProcess,
  small: string,
  large: string,
  filter: string,
): Promise<{ small: Pages; large: Pages }> {
  const path = `/api/tx?limit=${LIMIT}${filter === '' ? '' : `&${filter}`}`
  const pages = [small, large].map((url) => ({ url: `${url}${path}`, seen: [] as Seen[] }))
  for (const url of [small, large]) {
    const cursor = await cursorOf(`${url}${path}`, PAGE)
    if (cursor !== undefined) pages.push({ url: `${url}${path}&cursor=${cursor}`, seen: [] })
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { url, seen } of pages) {
      seen.push(await load.run({ url, connections: 1, seconds: QUERY_SECONDS, status: 200 }))
    }
  }
  return { small: latenciesOf(pages, small), large: latenciesOf(pages, large) }
}

function latenciesOf(pages: readonly { url: string; seen: readonly Seen[] }[], store: string): Pages {
  const [first, later] = pages
    .filter((page) => page.url.startsWith(`${store}/`))
    .map(({ seen }) => ({
      p50Ms: median(seen.map(({ p50Ms }) => p50Ms)),
      p99Ms: median(seen.map(({ p99Ms }) => p99Ms)),
    }))
  if (first === undefined) throw new Error(`nothing was asked of ${store}`)
  return later === undefined ? { first } : { first, later }
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
  const single = Object.entries(found).filter(([name]) => !TOGETHER.includes(name))
  const behind = worstOf(single, ({ large }) => [large.later, large.first])
  const grown = worstOf(single, ({ large, small }) => [large.first, small.first])
  const all = (amounts: typeof SMALL): string => count(amounts.ended + amounts.parked)
  return {
    question: 'listing',
    asks: `Does listing slow down with what there is to list? Pages of ${LIMIT} with each filter, with ${all(LARGE)} and with ${all(SMALL)} transactions in the store.`,
    settings: [
      '`GET /api/tx` of two servers with their defaults, one request at a time from one autocannon process; the stores hold copies of real transactions, see growth.',
      `Page ${PAGE} is asked for by its cursor. A small store has not so many pages of everything.`,
      `${ROUNDS} rounds of ${QUERY_SECONDS} s for each page, filter by filter, both stores in turns; medians.`,
      `The figure leaves out filters that are asked together (${TOGETHER.join(', ')}): they are walked by the index of one, past rows that the other refuses.`,
    ],
    figures: [
      {
        what: `page ${PAGE} of the large store to its first page, filter with the worst (${behind.name})`,
        measured: ratio(behind.factor),
        target: `at most ${SLOWER_MAX}`,
        met: behind.factor <= SLOWER_MAX,
      },
      {
        what: `first page of the large store to that of the small one, filter with the worst (${grown.name})`,
        measured: ratio(grown.factor),
      },
    ],
    tables: [
      pagesTable(`${all(LARGE)} transactions`, found, ({ large }) => large),
      pagesTable(`${all(SMALL)} transactions`, found, ({ small }) => small),
    ],
  }
}

/** The filter for which one page takes longest, measured by another. */
function worstOf<Both>(
  found: readonly [string, Both][],
  pick: (both: Both) => [Latency | undefined, Latency],
): { name: string; factor: number } {
  return found
    .flatMap(([name, both]) => {
      const [page, other] = pick(both)
      return page === undefined ? [] : [{ name, factor: page.p50Ms / other.p50Ms }]
    })
    .reduce((one, other) => (other.factor > one.factor ? other : one))
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
