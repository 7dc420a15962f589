import { hash } from 'node:crypto'
import type { ListQuery, Mode, Status } from '@assent/contract'
import type { TransactionWrite } from '@assent/engine'

/** The mode of most transactions, which a listing meets wherever it looks. */
export const USUAL_MODE: Mode = 'saga'

/** The one that few transactions end with. */
export const UNUSUAL_END: Status = 'ABORTED'

export const ATTENTION_MARK = markOf('attention')
export const UNUSUAL_END_MARK = markOf('status', UNUSUAL_END)

export function labelMark({ key, value }: NonNullable<ListQuery['label']>): Buffer {
  return markOf('label', key, value)
}

export function modeMark(mode: Mode): Buffer {
  return markOf('mode', mode)
}

/** What a row has that few have: entries of `assent_marks`, by which it is listed. */
export function marksOf(row: Pick<TransactionWrite, 'labels' | 'attention' | 'mode' | 'status'>): Buffer[] {
  const marks = endMarksOf(row)
  if (row.attention) marks.push(ATTENTION_MARK)
  if (row.mode !== USUAL_MODE) marks.push(modeMark(row.mode))
  for (const key in row.labels) marks.push(labelMark({ key, value: row.labels[key] ?? '' }))
  return marks
}

/** Those that a row may come to have while all others stay. */
export function endMarksOf({ status }: Pick<TransactionWrite, 'status'>): Buffer[] {
  return status === UNUSUAL_END ? [UNUSUAL_END_MARK] : []
}

/** JSON escapes what UTF-8 can't hold, so that no two marks become the same. */
function markOf(...words: string[]): Buffer {
  return hash('sha256', JSON.stringify(words), 'buffer')
}
