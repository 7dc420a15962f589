import type { Load } from '../processes/load.ts'
import type { Participant } from '../processes/participant.ts'
import type { Finding } from '../report/finding.ts'

/** One question about speed. */
export interface Question {
  /** The name of its file. */
  name: string
  /** Answers it: prints what it does, ends within minutes, leaves nothing behind. */
  answer(): Promise<Finding>
  /** The load under which a profile of the server shows this question's work; absent where there is none. */
  profiled?(server: { url: string }, participant: Participant): Load
}
