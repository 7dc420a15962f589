/** What is sent to the server, but for its values. */
export interface Statement {
  /** Under this name each connection prepares it once; absent where the text is not always the same. */
  name?: string
  text: string
}

/** Of a statement that always answers with a row. */
export function firstOf<Row>(rows: readonly Row[]): Row {
  const [row] = rows
  if (row === undefined) throw new Error('the server answered without a row')
  return row
}
