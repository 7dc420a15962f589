import { type Definition, functionsOf } from '@assent/client'
import type { RunRequest } from '@assent/contract'
import { Random } from '../time/random.ts'
import { catalogueOf, type Entry } from './catalogue.ts'
import { type Rehearsed, rehearsedOf } from './ended.ts'
import { type Fault, storyText } from './fault.ts'
import { type Probe, probed } from './probe.ts'
import type { Broken } from './report.ts'
import { pairs, singles, triple } from './stories.ts'
import { type Ending, Telling } from './telling.ts'

/** Behind phase one's deadline, so that a silent step answers again only when it is over. */
const BEHIND_DEADLINE_MS = 1_000

/** What a check may say: nothing, or true, is well; false, a text, or whatever it throws is not. */
// biome-ignore lint/suspicious/noConfusingVoidType: a check that only asserts has no return statement
export type Judgement = void | boolean | string | undefined

export interface RehearsalParts {
  /** With its fakes. */
  definition: Definition
  request: RunRequest
  check(ended: Rehearsed): Judgement | Promise<Judgement>
  reset(): void | Promise<void>
  /** Of a story with this text; never the same twice where nothing is reset. */
  gidOf(story: string): string
  timeoutToFailMs: number
  /** When no more stories begin, by `performance.now()`. */
  lateAt: number
}

/** Tells stories of one definition, one after another. */
export class Rehearsal {
  told = 0
  private readonly parts: RehearsalParts
  private readonly catalogue: readonly Entry[]
  private readonly functions: ReturnType<typeof functionsOf>
  private stage: Probe | undefined

  constructor(parts: RehearsalParts) {
    this.parts = parts
    this.catalogue = catalogueOf(parts.definition)
    this.functions = functionsOf([probed(parts.definition, () => this.present)])
  }

  /**
   * Tells up to so many stories: without a fault, with one, two, three. The first that goes wrong ends it when all of
   * its length are told, for longer ones would say the same at greater length.
   */
  async tellAll(limit: number, seed: number): Promise<Broken[]> {
    const random = new Random(seed, 'stories')
    const aborting = new Set<Fault | undefined>()
    const note = (faults: readonly Fault[], ending: Ending): void => {
      if (ending.transaction?.status === 'ABORTED') aborting.add(faults[0])
    }
    let broken = await this.tellEach([[]], limit, note)
    if (broken.length === 0) broken = await this.tellEach(singles(this.catalogue, aborting), limit, note)
    if (broken.length === 0) broken = await this.tellEach(pairs(this.catalogue, aborting, random), limit)
    while (broken.length === 0 && this.told < limit && !this.isLate) {
      const faults = triple(this.catalogue, aborting, random)
      broken = await this.tellEach([faults], limit)
    }
    return broken
  }

  /** Leaves out of a story what it goes wrong without. */
  async shrink(broken: Broken): Promise<Broken> {
    for (const each of broken.faults) {
      const fewer = broken.faults.filter((fault) => fault !== each)
      const [stillBroken] = await this.tellEach([fewer], Number.POSITIVE_INFINITY)
      if (stillBroken !== undefined) return this.shrink(stillBroken)
    }
    return broken
  }

  async goesWrong(faults: readonly Fault[]): Promise<boolean> {
    return (await this.tell(faults, storyText(faults))).why !== undefined
  }

  async tellEach(
    stories: Iterable<readonly Fault[]>,
    limit: number,
    onEnding: (faults: readonly Fault[], ending: Ending) => void = () => {},
  ): Promise<Broken[]> {
    const broken: Broken[] = []
    for (const faults of stories) {
      if (this.told >= limit || this.isLate) break
      const story = storyText(faults)
      const { ending, why } = await this.tell(faults, story)
      onEnding(faults, ending)
      if (why !== undefined) broken.push({ story, faults, why, happenings: ending.happenings })
    }
    return broken
  }

  private async tell(
    faults: readonly Fault[],
    story: string,
  ): Promise<{ ending: Ending; why: string | undefined }> {
    const { parts } = this
    await parts.reset()
    this.told += 1
    const request = { ...parts.request, gid: parts.gidOf(story) }
    const telling = new Telling(request, {
      functions: this.functions,
      faults,
      silenceMs: parts.timeoutToFailMs + BEHIND_DEADLINE_MS,
    })
    this.stage = telling.stage
    const ending = await telling.tell()
    return { ending, why: await this.judge(ending, story) }
  }

  /** What is wrong with the way in which a story ended; undefined is nothing. */
  private async judge({ transaction, attention, calls }: Ending, story: string): Promise<string | undefined> {
    if (attention !== undefined) return `it does not end without a person: ${attention}`
    const ended = transaction && rehearsedOf(transaction, { calls, story })
    if (ended === undefined) return `it does not end: ${transaction?.status ?? 'nothing was accepted'}`
    try {
      const judgement = await this.parts.check(ended)
      if (judgement === false) return 'the check answers false'
      return typeof judgement === 'string' ? judgement : undefined
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : String(thrown)
    }
  }

  private get isLate(): boolean {
    return performance.now() >= this.parts.lateAt
  }

  private get present(): Probe {
    if (this.stage === undefined) throw new Error('no story is told')
    return this.stage
  }
}
