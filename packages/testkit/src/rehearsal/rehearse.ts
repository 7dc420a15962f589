import { type Definition, type InputOf, requestOf, type StartOptions } from '@assent/client'
import { DEFAULT_OPTIONS } from '@assent/contract'
import { contentHash } from '../coordinator/identity.ts'
import type { Rehearsed } from './ended.ts'
import { type Fakes, withFakes } from './fakes.ts'
import { readStory } from './fault.ts'
import { type Judgement, Rehearsal } from './rehearsal.ts'
import { byLength, failureOf, RehearsalFailed, type RehearsalReport } from './report.ts'

/** How many stories are told at most, where nothing else is said: a second or two with steps in memory. */
export const STORIES_DEFAULT = 3_000

/** For how long stories are told, where nothing else is said: steps that wait for a database take their time. */
const WITHIN_DEFAULT_MS = 20_000

export interface RehearseOptions<Kind extends Definition>
  extends Pick<StartOptions, 'timeoutMs' | 'options'> {
  /** Puts the state of the steps back as it was; called before each story. */
  reset?: () => void | Promise<void>
  /** Functions in place of the definition's own. Steps that are URLs need them. */
  fakes?: Fakes<Kind>
  /** How many stories are told at most: without a fault, with one, with two, then three by chance. */
  stories?: number
  /** No story begins after so many milliseconds of the machine's own time: 20 s when absent. */
  withinMs?: number
  /** Chooses the pairs where not all are told, and the threes. 1 when absent. */
  seed?: number
  /** Tells this story alone, as a failed rehearsal or `crashAt` names it. */
  only?: string
}

/**
 * Runs a definition through everything that can go wrong, with the production coordinator in virtual time, and asks
 * `check` after each story whether all is well. Throws RehearsalFailed with the shortest story that went wrong.
 *
 *     await rehearse(transfer, { amount: 30 }, () => bank.state.alice + bank.state.bob === 100, {
 *       reset: () => bank.reset(),
 *     })
 */
export async function rehearse<Kind extends Definition>(
  definition: Kind,
  input: InputOf<Kind>,
  check: (ended: Rehearsed<Kind>) => Judgement | Promise<Judgement>,
  options: RehearseOptions<Kind> = {},
): Promise<RehearsalReport> {
  const { fakes, reset, stories = STORIES_DEFAULT, seed = 1, only } = options
  const { withinMs = WITHIN_DEFAULT_MS, timeoutMs, options: settings } = options
  const rehearsed = withFakes(definition, fakes)
  const names = definition.steps.map(({ name }) => name)
  const request = await requestOf(rehearsed, input, { timeoutMs, options: settings, address: 'local:' })
  const began = performance.now()
  const rehearsal = new Rehearsal({
    definition: rehearsed,
    request,
    check: check as (ended: Rehearsed) => Judgement | Promise<Judgement>,
    reset: reset ?? (() => {}),
    gidOf: gids(reset === undefined),
    timeoutToFailMs: request.options?.timeoutToFailMs ?? DEFAULT_OPTIONS.timeoutToFailMs,
    lateAt: began + withinMs,
  })
  const broken =
    only === undefined
      ? await rehearsal.tellAll(stories, seed)
      : await rehearsal.tellEach([readStory(only, names)], 1)
  const report: RehearsalReport = {
    stories: rehearsal.told,
    failures: broken.map(failureOf),
    perSecond: Math.round((rehearsal.told * 1_000) / (performance.now() - began)),
  }
  const [first] = broken.sort(byLength)
  if (first === undefined) return report
  const shortest = only === undefined ? await rehearsal.shrink(first) : first
  const isLeftOver = reset === undefined && first.faults.length > 0 && (await rehearsal.goesWrong([]))
  throw new RehearsalFailed(failureOf(shortest), report, isLeftOver ? LEFT_OVER : undefined)
}

/** Rehearsals of this process. */
let runs = 0

const LEFT_OVER =
  'Told once more, the story without a fault goes wrong as well: it finds what earlier stories have left. Put that back in `reset`.'

/** The same story has the same gid, and with it the same pauses; unless what an earlier rehearsal left is still there. */
function gids(isNeverReset: boolean): (story: string) => string {
  const before = isNeverReset ? `${Date.now().toString(36)}-${runs++}-` : ''
  return (story) => `rehearsal-${before}${contentHash(story)}`
}
