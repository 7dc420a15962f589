/** Finds circles among files that import one another. */

/** Each circle as the files along it, starting at the first by name; a circle is told once. */
export function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles = new Map<string, string[]>()
  const finished = new Set<string>()
  const path: string[] = []
  const onPath = new Set<string>()

  const visit = (file: string): void => {
    if (onPath.has(file)) {
      const circle = startingAtFirst(path.slice(path.indexOf(file)))
      circles.set(circle.join(), circle)
      return
    }
    if (finished.has(file)) return
    path.push(file)
    onPath.add(file)
    for (const next of graph.get(file) ?? []) visit(next)
    path.pop()
    onPath.delete(file)
    finished.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return [...circles.values()]
}

function startingAtFirst(circle: string[]): string[] {
  const first = circle.indexOf([...circle].sort()[0] ?? '')
  return [...circle.slice(first), ...circle.slice(0, first)]
}
