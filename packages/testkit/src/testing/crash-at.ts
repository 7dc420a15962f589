import type { CallPoint, FaultText, TurningPoint } from '../rehearsal/fault.ts'

/**
 * A crash of the coordinator, for `testAssent({ faults })` and `rehearse(…, { only })`: at a point of a step's call, or
 * on either side of a durable write. It starts again and takes up what it left.
 *
 *     crashAt('reserve', 'after-effect')        // the step has run, and nobody has heard of it
 *     crashAt('reserve.compensate', 'before-call')
 *     crashAt('after-decision')
 */
export function crashAt<const Place extends string>(
  step: Place,
  point: CallPoint,
): `crash(${Place}, ${CallPoint})`
export function crashAt(point: TurningPoint): `crash(${TurningPoint})`
export function crashAt(place: string, point?: CallPoint): FaultText {
  return point === undefined ? `crash(${place as TurningPoint})` : `crash(${place}, ${point})`
}
