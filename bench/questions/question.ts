import type { Load } from '../processes/load.ts'
import type { Participant } from '../processes/participant.ts'
import type { Finding } from '../report/finding.ts'

/** One question about speed. */
export interface Question {
  /** What it is asked by, and what its pages are called. */
  name: string
  /** Answers it: prints what it does, ends within minutes, leaves nothing behind. */
  answer(): Promise<Finding>
  /** The load under which a profile of the server shows this question's work; absent where there is none. */
  profiled?(server: { url: string }, participant: Participant): Load
}
