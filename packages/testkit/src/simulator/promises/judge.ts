import type { Plan } from '../clients/plan.ts'
import type { Trace } from '../facts/trace.ts'
import { History } from './history.ts'
import type { Checker, Ground, PromiseNumber, Violation } from './promise.ts'
import { AllOrNothing } from './promise-1-all-or-nothing.ts'
import { AcceptedMeansKept } from './promise-2-accepted-means-kept.ts'
import { DecideThenAct } from './promise-3-decide-then-act.ts'
import { UnknownCountsAsMaybe } from './promise-4-unknown-counts-as-maybe.ts'
import { DependantsFirst } from './promise-5-dependants-first.ts'
import { OneDriver } from './promise-6-one-driver.ts'
import { AnswerFitsQuestion } from './promise-7-an-answer-fits-its-question.ts'
import { EveryWaitEnds } from './promise-8-every-wait-ends.ts'
import { ReplaysAreHarmless } from './promise-9-replays-are-harmless.ts'

const CHECKERS: Readonly<Record<PromiseNumber, new (ground: Ground) => Checker>> = {
  1: AllOrNothing,
  2: AcceptedMeansKept,
  3: DecideThenAct,
  4: UnknownCountsAsMaybe,
  5: DependantsFirst,
  6: OneDriver,
  7: AnswerFitsQuestion,
  8: EveryWaitEnds,
  9: ReplaysAreHarmless,
}

/** All checkers over one trace. */
export class Judge {
  readonly history = new History()
  readonly violations: Violation[] = []
  private readonly checkers: readonly Checker[]

  constructor(trace: Trace, plans: ReadonlyMap<string, Plan>, now: () => number) {
    this.checkers = Object.entries(CHECKERS).map(([number, Kind]) => {
      const promise = Number(number) as PromiseNumber
      const violated = (gid: string, text: string): void => {
        if (this.history.isBeyondRepair(gid)) return
        this.violations.push({ promise, at: now(), gid, text })
      }
      return new Kind({ history: this.history, plans, now, violated })
    })
    trace.listen((entry) => {
      this.history.see(entry)
      for (const checker of this.checkers) checker.see(entry)
    })
  }

  end(): void {
    for (const checker of this.checkers) checker.end()
  }
}
