import { expect, it } from 'vitest'
import { Reminder } from './reminder.ts'

it('what goes on is told at first, and again after each pause, for each thing by itself', () => {
  const reminder = new Reminder(100)
  const times = [0, 99, 100, 150, 200]
  expect(times.filter((now) => reminder.isDue('one', now))).toEqual([0, 100, 200])
  expect(reminder.isDue('other', 201)).toBe(true)
  reminder.forget('one')
  expect(reminder.isDue('one', 202)).toBe(true)
})
