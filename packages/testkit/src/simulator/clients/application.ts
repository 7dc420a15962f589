import type { BarrierOperation, CallId } from '@assent/participant'
import type { Random } from '../../time/random.ts'
import type { Schedule } from '../../time/schedule.ts'
import type { Weather } from '../chaos/weather.ts'
import type { Trace } from '../facts/trace.ts'
import type { AnswerQuery } from '../network/wire.ts'
import type { Participant, Reply } from '../participants/participant.ts'
import type { Asked, Told } from './asked.ts'
import type { Line } from './line.ts'
import type { Plan, PlannedBranch } from './plan.ts'

/** What a client acts with. */
export interface Stage {
  schedule: Schedule
  weather: Weather
  random: Random
  trace: Trace
  participants: ReadonlyMap<string, Participant>
  line: Line
}

/** How long an application waits for the answer of a participant that it calls itself. */
const CALL_TIMEOUT_MS = 800

export function isOk(told: Told | undefined): boolean {
  return told !== undefined && told.kind !== 'error'
}

export function codeOf(told: Told | undefined): string | undefined {
  return told?.kind === 'error' ? told.code : undefined
}

/** The application as the participants and the coordinators know it: one for each transaction. */
export class Application {
  readonly plan: Plan
  /** A message's own local transaction. */
  local: 'open' | 'committed' | 'rolled-back' = 'open'
  private readonly stage: Stage

  constructor(plan: Plan, stage: Stage) {
    this.plan = plan
    this.stage = stage
  }

  settle(asked: Asked, timeoutMs = 2_500): Promise<Told | undefined> {
    return this.stage.line.settle(asked, timeoutMs)
  }

  participantOf(branch: PlannedBranch): Participant {
    const participant = this.stage.participants.get(branch.participant)
    if (participant === undefined) throw new Error(`nobody is at ${branch.participant}`)
    return participant
  }

  callId(branch: PlannedBranch, op: BarrierOperation): CallId {
    return { gid: this.plan.gid, branchId: branch.request.branchId, op }
  }

  /** Calls a participant as the application itself. Undefined: no answer came in time. */
  call(branch: PlannedBranch, op: BarrierOperation): Promise<Reply | undefined> {
    const { schedule, weather, trace } = this.stage
    const { gid, mode } = this.plan
    const { branchId } = branch.request
    trace.add('application', { kind: 'application-call', gid, branchId, op })
    const participant = this.participantOf(branch)
    return new Promise((resolve) => {
      const cancel = schedule.after(CALL_TIMEOUT_MS, () => resolve(undefined))
      const there = weather.passage()
      const arrive = (): void => {
        participant.receive({ gid, branchId, op, mode }, (reply) => {
          const back = weather.passage()
          if (back.isLost) return
          schedule.after(back.delayMs, () => {
            cancel()
            resolve(reply)
          })
        })
      }
      if (!there.isLost) schedule.after(there.delayMs, arrive)
      if (there.repeatMs !== undefined) {
        schedule.after(there.delayMs + there.repeatMs, () => {
          participant.receive({ gid, branchId, op, mode }, () => {})
        })
      }
    })
  }

  endLocal(state: 'committed' | 'rolled-back'): void {
    if (this.local !== 'open') return
    this.local = state
    this.stage.trace.add('application', { kind: 'local', gid: this.plan.gid, state })
  }

  /** A coordinator asks how the message's own local transaction ended. */
  answerQuery(): ReturnType<AnswerQuery> {
    const { weather, random } = this.stage
    if (weather.strikes('participants', 0.3))
      return { kind: 'answered', outcome: 'unknown', error: 'answered 500' }
    if (this.local === 'open') {
      if (!weather.isCalm && random.chance(0.5)) return { kind: 'answered', outcome: 'ongoing' }
      // Whoever answers "no" makes sure that it stays no.
      this.endLocal('rolled-back')
    }
    return { kind: 'answered', outcome: this.local === 'committed' ? 'done' : 'refused' }
  }
}
