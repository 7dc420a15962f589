import { type Definition, functionsOf, requestOf, saga, tcc, unchecked } from '@assent/client'
import { describe, expect, it } from 'vitest'
import { catalogueOf } from './catalogue.ts'
import { type Fault, faultText, readStory } from './fault.ts'
import { probed } from './probe.ts'
import { Telling } from './telling.ts'

const input = unchecked<object>()
const step = { action: () => 1, compensate: () => {} }
const order = saga('order', { version: 1, input })
  .step('reserve', step)
  .pivot('charge', { action: () => 2 })
  .step('ship', { action: () => 3 })
const seat = { try: () => 1, confirm: () => {}, cancel: () => {} }
const booking = tcc('booking', { version: 1, input }).step('out', seat).step('back', seat)

/** What of these faults had no occasion to strike. */
async function leftOf(definition: Definition, faults: readonly Fault[]): Promise<readonly string[]> {
  const request = { ...(await requestOf(definition, {}, { address: 'local:' })), gid: 'tx-1' }
  const telling: Telling = new Telling(request, {
    functions: functionsOf([probed(definition, () => telling.stage)]),
    faults,
    silenceMs: 61_000,
  })
  await telling.tell()
  return telling.stage.faultsLeft.map(faultText)
}

describe('the catalogue of what can go wrong', () => {
  it.each([
    { definition: order, cause: 'refuse(charge)' },
    { definition: booking, cause: 'abort(back, after-effect)' },
  ])('holds nothing that does not strike: $definition.name', async ({ definition, cause }) => {
    const steps = definition.steps.map(({ name }) => name)
    const entries = catalogueOf(definition)
    for (const { fault, only } of entries) {
      const causes = only === 'abort' ? readStory(cause, steps) : []
      expect(await leftOf(definition, [fault, ...causes])).toEqual([])
    }
    expect(entries.length).toBeGreaterThan(50)
  })

  it('refuses what may be refused, and nothing behind the pivot', () => {
    const texts = catalogueOf(order).map(({ fault }) => faultText(fault))
    expect(texts.filter((text) => text.startsWith('refuse'))).toEqual(['refuse(reserve)', 'refuse(charge)'])
  })

  it('knows no call of a step that has none', () => {
    const texts = catalogueOf(order).map(({ fault }) => faultText(fault))
    expect(texts).toContain('lost-answer(reserve.compensate)')
    expect(texts.join()).not.toMatch(/charge\.compensate|ship\.compensate|charge, after-undo/)
  })
})
