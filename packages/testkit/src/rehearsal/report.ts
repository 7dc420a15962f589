import type { Fault } from './fault.ts'
import { type Happening, timelineText } from './timeline.ts'

/** A story that went wrong. */
export interface FailedStory {
  /** Replays it: `rehearse(…, { only: story })`. */
  story: string
  /** What the check, or the end of the transaction, said. */
  why: string
  /** What happened, a line each. */
  timeline: string
}

export interface RehearsalReport {
  /** How many stories were told. */
  stories: number
  failures: readonly FailedStory[]
  perSecond: number
}

/** What went wrong in a story, before it is put into words. */
export interface Broken {
  story: string
  faults: readonly Fault[]
  why: string
  happenings: readonly Happening[]
}

/** Thrown by `rehearse` with the shortest story that it found. */
export class RehearsalFailed extends Error {
  override readonly name = 'RehearsalFailed'
  readonly report: RehearsalReport
  readonly story: string

  /** `remark` is what else a person should know. */
  constructor(shortest: FailedStory, report: RehearsalReport, remark?: string) {
    const { failures, stories } = report
    const count = `${failures.length} of ${stories} stories went wrong. The shortest`
    super(
      [
        `${stories === 1 ? 'This story went wrong' : count}: ${shortest.story}`,
        '',
        shortest.timeline,
        '',
        remark ?? `Replay it alone: rehearse(…, { only: '${shortest.story}' })`,
      ].join('\n'),
    )
    this.report = report
    this.story = shortest.story
  }
}

/** Fewest faults first, then fewest lines, then the least time. */
export function byLength(one: Broken, other: Broken): number {
  return (
    one.faults.length - other.faults.length ||
    one.happenings.length - other.happenings.length ||
    endOf(one) - endOf(other)
  )
}

function endOf({ happenings }: Broken): number {
  return happenings.at(-1)?.at ?? 0
}

export function failureOf(broken: Broken): FailedStory {
  const { story, why, happenings } = broken
  return {
    story,
    why,
    timeline: timelineText([...happenings, { at: endOf(broken), who: 'check', what: why }]),
  }
}
