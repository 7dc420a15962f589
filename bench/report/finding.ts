/** What a question found out. */
export interface Finding {
  /** The name of its file. */
  question: string
  asks: string
  /** How it was measured, one sentence each. */
  settings: readonly string[]
  figures: readonly Figure[]
  tables: readonly Table[]
}

/** One figure, and what it has to be. */
export interface Figure {
  what: string
  measured: string
  target?: string
  /** Absent where nothing was asked for. */
  met?: boolean
}

export interface Table {
  title: string
  head: readonly string[]
  rows: readonly (readonly string[])[]
}

/** A finding with what it holds for. */
export interface Report extends Finding {
  command: string
  /** ISO 8601. */
  at: string
  machine: readonly string[]
  /** Cores that other programs took meanwhile, on average; 0 where nobody counts them. */
  othersCores: number
}
