/** The work that every side does, and what the participant must have seen of it afterwards. */

/** Stands in what is sent for the id that each saga gets of its own. */
export const ID = '$ID'

/** What the participant is asked: the first step, the second, one that it refuses, and the undo of the first. */
export type Call = 'first' | 'second' | 'refused' | 'undo'

export interface Work {
  name: WorkName
  title: string
  /** What a saga's end is called. */
  ends: 'COMMITTED' | 'ABORTED'
  /** The calls of one saga, each made once. */
  calls: readonly Call[]
}

export type WorkName = 'transfer' | 'refusal' | 'nothing'

export const WORKS: readonly Work[] = [
  {
    name: 'transfer',
    title: 'two HTTP steps, one after the other',
    ends: 'COMMITTED',
    calls: ['first', 'second'],
  },
  {
    name: 'refusal',
    title: 'the second of two HTTP steps is refused, and the first is undone',
    ends: 'ABORTED',
    calls: ['first', 'refused', 'undo'],
  },
  { name: 'nothing', title: 'two empty steps', ends: 'COMMITTED', calls: [] },
]

/** A step of a saga: what is called, and what undoes it. An empty one calls nothing. */
export interface Step {
  action?: string
  compensate?: string
  payload?: Payload
}

export interface Payload {
  account: string
  amount: number
  currency: string
  reference: string
}

const MONEY = { account: 'alice', currency: 'EUR', reference: 'invoice 4711' }

/** The last step has no undo: nothing comes after it that could fail. */
export function stepsOf({ name }: Work, participant: string): readonly [Step, Step] {
  if (name === 'nothing') return [{}, {}]
  const url = (call: Call): string => `${participant}/${call}/${ID}`
  return [
    { action: url('first'), compensate: url('undo'), payload: { ...MONEY, amount: -100 } },
    { action: url(name === 'refusal' ? 'refused' : 'second'), payload: { ...MONEY, amount: 100 } },
  ]
}
