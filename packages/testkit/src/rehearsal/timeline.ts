/** One thing that happened in a story. */
export interface Happening {
  /** Virtual milliseconds since the story began. */
  at: number
  /** A step, `caller` or `coordinator`. */
  who: string
  what: string
}

const TIME_WIDTH = 9
/** What is said again and again, but for the attempt, is left out behind so many. */
const ALIKE_SHOWN = 2

/** What happened, a line each, for people. */
export function timelineText(happenings: readonly Happening[]): string {
  const width = Math.max(...happenings.map(({ who }) => who.length))
  const lines: string[] = []
  let alike = 0
  happenings.forEach((happening, index) => {
    alike = isAlike(happening, happenings[index - 1]) ? alike + 1 : 0
    const isLast = !isAlike(happening, happenings[index + 1])
    if (alike < ALIKE_SHOWN || isLast) lines.push(lineOf(happening, width))
    else if (alike === ALIKE_SHOWN) lines.push(`${' '.repeat(TIME_WIDTH + 5)}…`)
  })
  return lines.join('\n')
}

function lineOf({ at, who, what }: Happening, width: number): string {
  return `${`${at}`.padStart(TIME_WIDTH)} ms  ${who.padEnd(width)}  ${what}`
}

function isAlike(one: Happening, other: Happening | undefined): boolean {
  return one.who === other?.who && withoutAttempt(one.what) === withoutAttempt(other.what)
}

function withoutAttempt(what: string): string {
  return what.replace(/, attempt \d+/, '')
}
