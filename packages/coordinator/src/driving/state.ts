import {
  AssentError,
  DEFAULT_OPTIONS,
  type Options,
  TRANSACTION_MAX_BYTES,
  TRANSACTION_STATE_MAX_BYTES,
} from '@assent/contract'
import type { Branch, Transaction, TransactionRow } from '@assent/engine'
import { lighter } from './lighter.ts'

/**
 * The form of the stored state. A row of another form is left alone: an older program must not drive what it
 * can't read in full.
 */
const STATE_FORM = 1

/**
 * What this form leaves out because it is nearly always so; read back, it stands there again. Another value
 * here is another form: stored states would change their meaning.
 */
const USUAL_OPTIONS: Readonly<Record<keyof Options, unknown>> = {
  timeoutToFailMs: 60_000,
  abandonAfterMs: 86_400_000,
  requestTimeoutMs: 30_000,
  retryIntervalMs: 1_000,
  retryMaxIntervalMs: 60_000,
  attentionAfterMs: 300_000,
  parallelism: 10,
  order: 'parallel',
  headers: {},
}
const USUAL_BRANCH = {
  content: '',
  drivenBy: 'coordinator',
  tried: false,
  after: [],
  follower: false,
  read: false,
  maybeDone: false,
  attempts: [],
  attemptCount: 0,
} as const satisfies Partial<Branch>
const USUAL_TRANSACTION = {
  application: '',
  labels: {},
  content: '',
  submitted: true,
  resultBytes: 0,
} as const satisfies Partial<Transaction>

/** Options are shared by nearly all transactions, so they are looked through once. */
const unusualOptions = new WeakMap<Options, object>()

/**
 * The text that a store keeps. One that would be longer than any store has to hold goes without words and old
 * attempts, so that answers, however many and long, never keep a transaction from being written.
 */
export function writeState(transaction: Transaction): string {
  const text = textOf(transaction)
  return isWithin(text, TRANSACTION_STATE_MAX_BYTES) ? text : textOf(lighter(transaction))
}

/** The same for a transaction to which branches came. Throws PAYLOAD_TOO_LARGE. */
export function writeAccepted(transaction: Transaction): string {
  const text = writeState(transaction)
  if (isWithin(text, TRANSACTION_MAX_BYTES)) return text
  throw new AssentError(
    'PAYLOAD_TOO_LARGE',
    `the transaction would be larger than ${TRANSACTION_MAX_BYTES} bytes with all its branches`,
    { max_bytes: TRANSACTION_MAX_BYTES },
  )
}

/** In UTF-8, of which a unit of the text takes three bytes at most. */
function isWithin(text: string, bytes: number): boolean {
  return text.length * 3 <= bytes || (text.length <= bytes && Buffer.byteLength(text) <= bytes)
}

function textOf(transaction: Transaction): string {
  const { options, branches, ...rest } = transaction
  let unusual = unusualOptions.get(options)
  if (unusual === undefined) {
    unusual = without(options, USUAL_OPTIONS)
    unusualOptions.set(options, unusual)
  }
  const stored = {
    ...without(rest, USUAL_TRANSACTION),
    options: unusual,
    branches: branches.map((branch) => without(branch, USUAL_BRANCH)),
  }
  return `{"form":${STATE_FORM},"transaction":${JSON.stringify(stored)}}`
}

/** Throws INTERNAL for a state that this program did not write. */
export function readState(row: Pick<TransactionRow, 'gid' | 'state'>): Transaction {
  let stored: { form?: number; transaction?: Transaction }
  try {
    stored = JSON.parse(row.state)
  } catch (cause) {
    // biome-ignore lint/style/useErrorCause: it is handed on, as the fourth argument
    throw new AssentError(
      'INTERNAL',
      `the stored state of ${row.gid} is damaged`,
      { gid: row.gid },
      { cause },
    )
  }
  const { transaction } = stored
  if (stored.form !== STATE_FORM || transaction === undefined) {
    throw new AssentError('INTERNAL', `the stored state of ${row.gid} is of another version`, {
      gid: row.gid,
    })
  }
  return {
    ...USUAL_TRANSACTION,
    ...transaction,
    options: optionsOf(transaction.options),
    branches: transaction.branches.map((branch) => ({ ...USUAL_BRANCH, ...branch })),
  }
}

/** What was left out is what was usual in this form, whatever the defaults have become since. */
function optionsOf(unusual: Options): Options {
  return { ...DEFAULT_OPTIONS, ...USUAL_OPTIONS, ...unusual }
}

/** A copy of `value` with only those fields that are not as usual. */
function without(value: object, usual: Readonly<Record<string, unknown>>): object {
  const from = value as Readonly<Record<string, unknown>>
  const copy: Record<string, unknown> = {}
  for (const key in from) {
    const field = from[key]
    if (field === undefined) continue
    const usually = usual[key]
    if (usually === undefined || (field !== usually && !areBothEmpty(field, usually))) copy[key] = field
  }
  return copy
}

function areBothEmpty(field: unknown, usually: unknown): boolean {
  if (typeof usually !== 'object' || typeof field !== 'object' || field === null) return false
  for (const _ in field) return false
  return true
}
