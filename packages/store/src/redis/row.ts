import type { Mode, Status } from '@assent/contract'
import type { Tombstone, TransactionRow, TransactionWrite } from '@assent/engine'
import { escapedText, unescapedText } from '../escaped-text.ts'
import { sortableTime, timeOf } from './sortable-time.ts'

/** Characters of state after which an answer of many rows ends early, so that it fits into memory many times over. */
export const ANSWER_CHARACTERS_MAX = 16 * 1024 * 1024

/** Ends each column; escaped text holds none. */
const END = '\0'
/** What a tombstone begins with, and a row, which begins with its version, never. */
const GONE = `gone${END}`

/** What a write leaves at the key of its gid. The scripts know the order, and that the state comes last. */
export function keptOf(write: TransactionWrite): string {
  const labels = Object.entries(write.labels)
  const columns = [
    write.expect + 1,
    ownerToKeep(write.owner),
    escapedText(write.writeId),
    write.status,
    write.attention ? '1' : '0',
    escapedText(write.application),
    timeToKeep(write.dueAt),
    timeToKeep(write.endedAt),
    sortableTime(write.createdAt),
    escapedText(write.name),
    write.mode,
    escapedText(write.content),
    labels.length,
    ...labels.flatMap(([key, value]) => [escapedText(key), escapedText(value)]),
    sortableTime(write.updatedAt),
    escapedText(write.state),
  ]
  return columns.join(END)
}

/** The row that stands at the key of a gid; undefined where there is none. */
export function rowOf(gid: string, kept: string): TransactionRow | undefined {
  if (!isRow(kept)) return undefined
  const columns = new Columns(kept)
  return {
    gid,
    version: Number(columns.next()),
    owner: ownerKept(columns.next()),
    writeId: columns.nextText(),
    status: columns.next() as Status,
    attention: columns.next() === '1',
    application: columns.nextText(),
    dueAt: timeKept(columns.next()),
    endedAt: timeKept(columns.next()),
    createdAt: timeOf(columns.next()),
    name: columns.nextText(),
    mode: columns.next() as Mode,
    content: columns.nextText(),
    labels: columns.nextLabels(),
    updatedAt: timeOf(columns.next()),
    state: columns.rest(),
  }
}

/** The row's fence, from no more than the head of what stands there. */
export function fenceOf(kept: string): Pick<TransactionRow, 'version' | 'owner' | 'writeId'> | undefined {
  if (!isRow(kept)) return undefined
  const columns = new Columns(kept)
  return {
    version: Number(columns.next()),
    owner: ownerKept(columns.next()),
    writeId: columns.nextText(),
  }
}

export function tombstoneOf(gid: string, kept: string): Tombstone | undefined {
  if (!kept.startsWith(GONE)) return undefined
  const columns = new Columns(kept.slice(GONE.length))
  const content = columns.nextText()
  const status = columns.next() as Status
  return { gid, content, status, endedAt: timeOf(columns.rest()) }
}

/** An owner may have any name, the empty one too. */
export function ownerToKeep(owner: string | null): string {
  return owner === null ? '' : `=${escapedText(owner)}`
}

function ownerKept(column: string): string | null {
  return column === '' ? null : unescapedText(column.slice(1))
}

function timeToKeep(time: number | null): string {
  return time === null ? '' : sortableTime(time)
}

function timeKept(column: string): number | null {
  return column === '' ? null : timeOf(column)
}

function isRow(kept: string): boolean {
  return /^\d/.test(kept)
}

/** Takes the columns one after the other. */
class Columns {
  private readonly kept: string
  private at = 0

  constructor(kept: string) {
    this.kept = kept
  }

  next(): string {
    const end = this.kept.indexOf(END, this.at)
    const column = this.kept.slice(this.at, end)
    this.at = end + END.length
    return column
  }

  nextText(): string {
    return unescapedText(this.next())
  }

  nextLabels(): Record<string, string> {
    const count = Number(this.next())
    const labels = Array.from({ length: count }, () => [this.nextText(), this.nextText()] as const)
    return Object.fromEntries(labels)
  }

  rest(): string {
    return unescapedText(this.kept.slice(this.at))
  }
}
