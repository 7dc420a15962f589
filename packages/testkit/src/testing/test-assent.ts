import { type Assent, assentOver, type Definition, functionsOf, type StepNameOf } from '@assent/client'
import { DEFAULT_OPTIONS } from '@assent/contract'
import { type FaultText, faultText, readStory } from '../rehearsal/fault.ts'
import { probed, type RehearsedCall } from '../rehearsal/probe.ts'
import { Stage } from '../rehearsal/stage.ts'
import { timelineText } from '../rehearsal/timeline.ts'
import { askingInVirtualTime } from './asking.ts'
import { SkippingClock, type TestClock } from './clock.ts'

export interface TestAssentOptions<Kinds extends readonly Definition[]> {
  /** Whose functions are called; what runs must be one of them. */
  definitions: Kinds
  /** What goes wrong, once each: `crashAt('reserve', 'after-effect')`, `'lost-answer(charge)'`. */
  faults?: readonly FaultText<StepNameOf<Kinds[number]>>[]
}

/** An `Assent` for tests, in virtual time. */
export interface TestAssent extends Assent {
  readonly clock: TestClock
  /** The runs of the steps' functions, in the order in which they ended. */
  readonly calls: readonly RehearsedCall[]
  /** Those of `faults` that have not struck so far: empty where the test has met what it is about. */
  faultsLeft(): readonly string[]
  /** What happened so far, a line each, for people. */
  timeline(): string
  /** The coordinator crashes now, starts again and takes up what it left. Whoever waits does not notice. */
  crash(): void
}

/**
 * A production coordinator in memory and in virtual time: time passes only while somebody waits for something, or
 * with `clock.advance(ms)`, so that retries and deadlines take none of a test's own.
 *
 *     await using assent = testAssent({ definitions: [order], faults: [crashAt('reserve', 'after-effect')] })
 *     expect((await assent.run(order, input)).status).toBe('COMMITTED')
 */
export function testAssent<const Kinds extends readonly Definition[]>(
  options: TestAssentOptions<Kinds>,
): TestAssent {
  const { definitions, faults = [] } = options
  const steps = definitions.flatMap((definition) => definition.steps.map(({ name }) => name))
  const stage: Stage = new Stage({
    functions: functionsOf(definitions.map((definition) => probed(definition, () => stage))),
    faults: faults.flatMap((fault) => readStory(fault, steps)),
    silenceMs: DEFAULT_OPTIONS.timeoutToFailMs + 1_000,
  })
  const clock = new SkippingClock(stage.schedule)
  stage.begin()
  const assent = assentOver(askingInVirtualTime(stage.coordinator, clock), {
    definitions,
    address: 'local:',
    close: () => clock.until(stage.coordinator.close()),
  })
  return Object.assign(assent, {
    clock,
    calls: stage.calls,
    faultsLeft: () => stage.faultsLeft.map(faultText),
    timeline: () => timelineText(stage.happenings),
    crash: () => stage.crash('because it is told to'),
  })
}
