import type { ListQuery, Mode, Status } from '@assent/contract'
import fc from 'fast-check'

/** A write, but for the version that it expects: the model knows which one is right. */
export interface ModelWrite {
  gid: string
  /** How far the expected version is from the right one. */
  off: number
  status: Status
  mode: Mode
  name: string
  application: string
  labels: Record<string, string>
  owner: string | null
  createdAt: number
  isDue: boolean
  attention: boolean
  state: string
}

/** One thing that a coordinator, a reader or the retention does. */
export type Action =
  | { does: 'write'; writes: ModelWrite[] }
  | { does: 'read'; gids: string[] }
  | { does: 'list'; query: ListQuery; limit: number }
  | { does: 'register'; incarnation: string }
  | { does: 'heartbeat'; incarnation: string }
  | { does: 'retire'; incarnation: string }
  | { does: 'claim'; incarnation: string; applications: string[]; limit: number }
  | { does: 'owned'; incarnation: string; limit: number }
  | { does: 'next due'; applications: string[] }
  | { does: 'sweep'; endedBefore: number; tombstonesBefore: number; limit: number }
  | { does: 'summary' }

/** Times of the model: small steps from here, so that many are equal. */
export const MODEL_BEGAN = 1_700_000_000_000
const STEPS = 6

// Few of each, so that they meet.
const gid = fc.constantFrom('g', 'g1', 'g10', 'g1000', 'h', 'h1', 'i%', "j'")
const incarnation = fc.constantFrom('a', 'b', 'c')
const application = fc.constantFrom('', 'shop')
const applications = fc.subarray(['', 'shop'])
const name = fc.constantFrom('', 'transfer', 'b"\\ooking')
const label = fc.constantFrom('x', 'y')
const status = fc.constantFrom<Status>(
  'PREPARED',
  'SUBMITTED',
  'COMMITTING',
  'COMMITTED',
  'ABORTING',
  'ABORTED',
)
const mode = fc.constantFrom<Mode>('saga', 'tcc')
const time = fc.integer({ min: 0, max: STEPS }).map((step) => MODEL_BEGAN + step)

const write: fc.Arbitrary<ModelWrite> = fc.record({
  gid,
  off: fc.constantFrom(0, 0, 0, 0, -1, 1),
  status,
  mode,
  name,
  application,
  labels: fc.dictionary(label, label, { maxKeys: 2 }).map((labels) => ({ ...labels })),
  owner: fc.option(incarnation),
  createdAt: time,
  isDue: fc.boolean(),
  attention: fc.boolean(),
  // Code units of every kind, unpaired surrogates among them.
  state: fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 })
    .map((units) => String.fromCharCode(...units)),
})

const query: fc.Arbitrary<ListQuery> = fc.record(
  {
    status,
    mode,
    name,
    label: fc.record({ key: label, value: label }),
    attention: fc.boolean(),
    createdAfter: time,
    createdBefore: time,
    gidPrefix: fc.constantFrom('', 'g', 'g1', 'i%', 'z'),
  },
  { requiredKeys: [] },
)

const limit = fc.integer({ min: 1, max: 5 })

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      does: fc.constant('write' as const),
      writes: fc.uniqueArray(write, { minLength: 1, maxLength: 6, size: 'max', selector: (one) => one.gid }),
    }),
  },
  fc.record({ does: fc.constant('read' as const), gids: fc.array(gid, { maxLength: 8 }) }),
  { weight: 4, arbitrary: fc.record({ does: fc.constant('list' as const), query, limit }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('register' as const), incarnation }) },
  fc.record({ does: fc.constant('heartbeat' as const), incarnation }),
  fc.record({ does: fc.constant('retire' as const), incarnation }),
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('claim' as const), incarnation, applications, limit }),
  },
  fc.record({ does: fc.constant('owned' as const), incarnation, limit }),
  fc.record({ does: fc.constant('next due' as const), applications }),
  fc.record({ does: fc.constant('sweep' as const), endedBefore: time, tombstonesBefore: time, limit }),
  fc.constant({ does: 'summary' as const }),
)

/** A history of a store, long enough that what was written is written again. */
export const history: fc.Arbitrary<Action[]> = fc.array(action, {
  minLength: 80,
  maxLength: 120,
  size: 'max',
})
