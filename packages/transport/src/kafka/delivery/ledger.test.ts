import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ledger } from './ledger.ts'

describe('a ledger', () => {
  it('commits up to the first message that has not ended', () => {
    const ledger = new Ledger(10n)
    expect(ledger.committable).toBe(10n)
    const [ten, eleven, twelve] = [ledger.begin(10n), ledger.begin(11n), ledger.begin(12n)]
    ledger.end(eleven)
    expect(ledger.committable).toBe(10n)
    ledger.end(ten)
    expect(ledger.committable).toBe(12n)
    ledger.end(twelve)
    expect(ledger.committable).toBe(13n)
    expect(ledger.size).toBe(0)
  })

  it('passes over offsets that hold no message', () => {
    const ledger = new Ledger(0n)
    const place = ledger.begin(5n)
    ledger.moveTo(20n)
    expect([ledger.position, ledger.committable]).toEqual([20n, 5n])
    ledger.end(place)
    expect(ledger.committable).toBe(20n)
    ledger.moveTo(3n)
    expect(ledger.position).toBe(20n)
  })

  it('waits for each of the times that one message was received', () => {
    const ledger = new Ledger(0n)
    const [once, again] = [ledger.begin(0n), ledger.begin(0n)]
    ledger.end(once)
    expect(ledger.committable).toBe(0n)
    ledger.end(again)
    expect(ledger.committable).toBe(1n)
  })

  it('never commits beyond a message that has not ended, in whichever order they end', () => {
    const order = fc.uniqueArray(fc.nat(1_999), { minLength: 1_500, maxLength: 2_000 })
    fc.assert(
      fc.property(order, (ending) => {
        const ledger = new Ledger(0n)
        const places = Array.from({ length: 2_000 }, (_, offset) => ledger.begin(BigInt(offset)))
        const open = new Set(places.map(({ offset }) => offset))
        for (const index of ending) {
          const place = places[index]
          if (place === undefined) continue
          ledger.end(place)
          open.delete(place.offset)
        }
        expect(ledger.committable).toBe(open.size === 0 ? 2_000n : [...open][0])
      }),
      { numRuns: 30 },
    )
  })
})
