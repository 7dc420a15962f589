import type { Work } from '../works.ts'
import type { Databases } from './databases.ts'

/** One of the systems that do the work. */
export interface Side {
  /** As it is asked for: `--sides assent-sqlite restate`. */
  id: string
  name: string
  /** The side of Assent that it is held against; absent for Assent itself. */
  against?: string
  /** Why it can not run here, if it can not. */
  missing?(): string | undefined
  start(databases: Databases): Promise<RunningSide>
}

export interface RunningSide extends AsyncDisposable {
  /** Versions, what is set and what is kept how, one sentence each. */
  settings: readonly string[]
  /** What it consists of, its database included, by what that is called in the report. */
  processes: Readonly<Record<string, number>>
  /** How one saga is asked for and awaited. */
  ask(work: Work, participant: string): Ask
}

export interface Ask {
  url: string
  /** JSON text, in which `ID` stands for the id. */
  body: string
  status: number
  /** What the answer's text has in it when a saga ended as it is to. */
  says: string
}
