export const BARRIER_TABLE = 'assent_barrier'

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/

/** Throws TypeError for what is no plain name: it is written into statements. */
export function tableName(table: string = BARRIER_TABLE): string {
  if (!NAME.test(table)) throw new TypeError(`${JSON.stringify(table)} is no name for a table`)
  return table
}
