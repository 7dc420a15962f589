import type { TransactionWrite } from '@assent/engine'

/**
 * A batch on its way to the worker: the columns of each write, one after the other in one array, because
 * copying an array of plain values to another thread costs half of what objects do.
 */
export type Cells = (string | number | boolean | null)[]

export function cellsOf(batch: readonly TransactionWrite[]): Cells {
  const cells: Cells = []
  for (const write of batch) {
    cells.push(
      write.gid,
      write.expect,
      write.owner,
      write.writeId,
      write.status,
      write.mode,
      write.name,
      write.application,
      labelsColumn(write.labels),
      write.createdAt,
      write.updatedAt,
      write.dueAt,
      write.endedAt,
      write.attention,
      write.content,
      write.state,
    )
  }
  return cells
}

/** A write as the worker takes it from the cells: labels as their column holds them. */
export type CellWrite = Omit<TransactionWrite, 'labels'> & { labels: string | null }

const WIDTH = 16

export function writesOf(cells: Cells): CellWrite[] {
  const writes: CellWrite[] = []
  for (let at = 0; at < cells.length; at += WIDTH) {
    writes.push({
      gid: cells[at],
      expect: cells[at + 1],
      owner: cells[at + 2],
      writeId: cells[at + 3],
      status: cells[at + 4],
      mode: cells[at + 5],
      name: cells[at + 6],
      application: cells[at + 7],
      labels: cells[at + 8],
      createdAt: cells[at + 9],
      updatedAt: cells[at + 10],
      dueAt: cells[at + 11],
      endedAt: cells[at + 12],
      attention: cells[at + 13],
      content: cells[at + 14],
      state: cells[at + 15],
    } as CellWrite)
  }
  return writes
}

/** Well-formed JSON whatever the labels hold: it escapes U+0000 and unpaired surrogates. */
function labelsColumn(labels: Readonly<Record<string, string>>): string | null {
  const text = JSON.stringify(labels)
  return text === '{}' ? null : text
}
