/** What comes before each member of a list: positions in the same list. */
export type Graph = readonly { readonly after: readonly number[] }[]

/** One circle, as positions of which each waits for the next; undefined when there is none. */
export function findCircle(graph: Graph): number[] | undefined {
  const UNSEEN = 0
  const OPEN = 1
  const DONE = 2
  const colour = new Uint8Array(graph.length)
  for (let start = 0; start < graph.length; start++) {
    if (colour[start] !== UNSEEN) continue
    const path: { position: number; next: number }[] = [{ position: start, next: 0 }]
    colour[start] = OPEN
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = graph[top.position]?.after[top.next++]
      if (target === undefined) {
        colour[top.position] = DONE
        path.pop()
      } else if (colour[target] === OPEN) {
        const from = path.findIndex((step) => step.position === target)
        return [...path.slice(from).map((step) => step.position), target]
      } else if (colour[target] === UNSEEN) {
        colour[target] = OPEN
        path.push({ position: target, next: 0 })
      }
    }
  }
  return undefined
}

/** These positions and all that come before them, directly or through others. */
export function withAncestors(graph: Graph, positions: Iterable<number>): Set<number> {
  const seen = new Set<number>()
  const open = [...positions]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...(graph[next]?.after ?? []))
  }
  return seen
}

/** All positions, each behind every position that comes after it. The graph holds no circle. */
export function dependantsFirst(graph: Graph): number[] {
  const dependants = new Uint32Array(graph.length)
  for (const { after } of graph)
    for (const before of after) dependants[before] = (dependants[before] ?? 0) + 1
  const order: number[] = []
  for (let position = 0; position < graph.length; position++) {
    if (dependants[position] === 0) order.push(position)
  }
  for (let next = 0; next < order.length; next++) {
    for (const before of graph[order[next] ?? -1]?.after ?? []) {
      const left = (dependants[before] ?? 0) - 1
      dependants[before] = left
      if (left === 0) order.push(before)
    }
  }
  if (order.length < graph.length) throw new RangeError('what comes before what goes round in a circle')
  return order
}
