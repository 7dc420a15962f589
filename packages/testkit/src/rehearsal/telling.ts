import type { RunRequest } from '@assent/contract'
import { readState } from '@assent/coordinator'
import type { Transaction } from '@assent/engine'
import type { RehearsedCall } from './probe.ts'
import { Stage, type StageParts } from './stage.ts'
import type { Happening } from './timeline.ts'

/** A transaction that has not ended so many virtual milliseconds behind its deadline never will. */
const BEHIND_DEADLINE_MAX_MS = 3_600_000
/** Behind the end: whatever a coordinator still had in mind it has done by then, virtual milliseconds. */
const AFTERMATH_MS = 1_000

/** What one story came to. */
export interface Ending {
  /** Undefined where nothing was ever kept. */
  transaction?: Transaction
  /** Why it waits for a person. */
  attention?: string
  calls: readonly RehearsedCall[]
  happenings: readonly Happening[]
}

/** One transaction, told to its end: everything that was late has arrived, and nothing is left to be done. */
export class Telling {
  readonly stage: Stage
  private readonly request: RunRequest & { gid: string }
  private readonly lateAt: number
  private refusedToStart: unknown
  private attention: string | undefined

  constructor(request: RunRequest & { gid: string }, parts: Omit<StageParts, 'onUp' | 'onAttention'>) {
    this.request = request
    this.lateAt = 2 * parts.silenceMs + BEHIND_DEADLINE_MAX_MS
    this.stage = new Stage({
      ...parts,
      onUp: () => this.start(),
      onAttention: (what) => {
        // A step that is kept from answering is no fault of its own.
        if (!this.stage.network.isSilent) this.attention = what
      },
    })
  }

  async tell(): Promise<Ending> {
    const { stage, request } = this
    stage.note('caller', `starts ${request.name ?? 'it'}`)
    stage.begin()
    await stage.schedule.run(() => this.isOver)
    if (this.refusedToStart !== undefined) throw this.refusedToStart
    const [row] = await stage.store.read([request.gid])
    stage.coordinator.end()
    return {
      ...(row !== undefined && { transaction: readState(row) }),
      ...(this.attention !== undefined && { attention: this.attention }),
      calls: stage.calls,
      happenings: stage.happenings,
    }
  }

  /** What was never accepted its caller starts again, under the same gid. */
  private start(): void {
    const { stage, request } = this
    if (stage.statusOf(request.gid) !== undefined) return
    stage.coordinator.present?.run(request).catch((thrown) => {
      this.refusedToStart = thrown
    })
  }

  private get isOver(): boolean {
    const { schedule, network, coordinator } = this.stage
    if (this.refusedToStart !== undefined || this.attention !== undefined) return true
    if (schedule.now > this.lateAt) return true
    if (!this.stage.hasEnded(this.request.gid) || !network.isQuiet || !coordinator.isUp) return false
    return schedule.nextAt > schedule.now + AFTERMATH_MS
  }
}
