import { hash } from 'node:crypto'
import type { ListQuery, Mode } from '@assent/contract'
import type { TransactionWrite } from '@assent/engine'

/** The mode of most transactions, which a listing meets wherever it looks. */
export const USUAL_MODE: Mode = 'saga'

export const ATTENTION_MARK = markOf('attention')

export function labelMark({ key, value }: NonNullable<ListQuery['label']>): Buffer {
  return markOf('label', key, value)
}

export function modeMark(mode: Mode): Buffer {
  return markOf('mode', mode)
}

/** What a row has that few have: entries of `assent_marks`, by which it is listed. */
export function marksOf({
  labels,
  attention,
  mode,
}: Pick<TransactionWrite, 'labels' | 'attention' | 'mode'>): Buffer[] {
  const marks: Buffer[] = []
  if (attention) marks.push(ATTENTION_MARK)
  if (mode !== USUAL_MODE) marks.push(modeMark(mode))
  for (const key in labels) marks.push(labelMark({ key, value: labels[key] ?? '' }))
  return marks
}

/** JSON escapes what UTF-8 can't hold, so that no two marks become the same. */
function markOf(...words: string[]): Buffer {
  return hash('sha256', JSON.stringify(words), 'buffer')
}
