import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dependantsFirst, findCircle, withAncestors } from './graph.ts'

const graphOf = (...afters: number[][]) => afters.map((after) => ({ after }))

/** Graphs in which each comes after some of those listed before it, then shuffled, so that none has a circle. */
const acyclic = fc
  .integer({ min: 0, max: 8 })
  .chain((size) =>
    fc.tuple(
      fc.tuple(...Array.from({ length: size }, (_, position) => fc.subarray([...Array(position).keys()]))),
      fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
    ),
  )
  .map(([afters, places]) => {
    const graph = graphOf(...afters.map(() => []))
    afters.forEach((after, position) => {
      graph[places[position]!] = { after: after.map((before) => places[before]!) }
    })
    return graph
  })

describe('findCircle', () => {
  it('finds nothing where nothing goes round', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        expect(findCircle(graph)).toBeUndefined()
      }),
    )
  })

  it('answers the circle, its first member once more at the end', () => {
    expect(findCircle(graphOf([], [2], [3], [1, 0]))).toEqual([1, 2, 3, 1])
    expect(findCircle(graphOf([0]))).toEqual([0, 0])
  })

  it('finds a circle in a chain of a thousand, and nothing before it is closed', () => {
    const chain = Array.from({ length: 1_000 }, (_, position) => ({
      after: position < 999 ? [position + 1] : [],
    }))
    expect(findCircle(chain)).toBeUndefined()
    expect(findCircle([...chain.slice(0, 999), { after: [0] }])).toHaveLength(1_001)
  })
})

describe('withAncestors', () => {
  it('goes through others, and takes each once', () => {
    const graph = graphOf([], [0], [0], [1, 2], [])
    expect([...withAncestors(graph, [3])].sort()).toEqual([0, 1, 2, 3])
    expect([...withAncestors(graph, [])]).toEqual([])
  })
})

describe('dependantsFirst', () => {
  it('puts every position behind all that come after it', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const order = dependantsFirst(graph)
        expect([...order].sort((left, right) => left - right)).toEqual(graph.map((_, position) => position))
        graph.forEach(({ after }, position) => {
          for (const before of after) expect(order.indexOf(before)).toBeGreaterThan(order.indexOf(position))
        })
      }),
    )
  })

  it('throws rather than leave out what waits in a circle', () => {
    expect(() => dependantsFirst(graphOf([1], [0]))).toThrow(RangeError)
  })
})
