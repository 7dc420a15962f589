import { describe, expect, it } from 'vitest'
import { readStory, storyText } from './fault.ts'

const STEPS = ['reserve', 'charge']

describe('the name of a story', () => {
  it.each([
    'no fault',
    'refuse(reserve)',
    'lost-answer(reserve.compensate)',
    'late(reserve, after-undo)+abort(charge, before-call)',
    'crash(after-decision)+duplicate(charge, at-once)',
  ])('is read as it was written: %s', (text) => {
    expect(storyText(readStory(text, STEPS))).toBe(text)
  })

  it('may be written with or without spaces', () => {
    expect(storyText(readStory(' crash( reserve,after-effect ) + unheard(charge)', STEPS))).toBe(
      'crash(reserve, after-effect)+unheard(charge)',
    )
  })

  it.each([
    ['lost-anser(reserve)', 'did you mean lost-answer?'],
    ['refuse(resreve)', 'no step is called "resreve"; did you mean reserve?'],
    ['crash(reserve, sometime)', 'there must be one of before-call, after-effect, after-answer'],
    ['crash(sometime)', 'there must be one of after-accept'],
    ['late(reserve)', 'there must be one of at-once'],
    ['reserve', 'is no fault'],
  ])('that names no fault is refused, with what there is: %s', (text, said) => {
    expect(() => readStory(text, STEPS)).toThrow(said)
  })
})
