/** How far a name may be off to be taken for a slip: about a third of its letters. */
const SLIPS_PER_LETTER = 0.34

/** The known name that an unknown one was probably meant to be; undefined when none is near. */
export function nearestName(unknown: string, known: readonly string[]): string | undefined {
  // A longer text is no slip of anything, and the work grows with its length.
  if (unknown.length > 64) return undefined
  const wanted = normal(unknown)
  let nearest: string | undefined
  let fewest = Math.max(1, Math.floor(wanted.length * SLIPS_PER_LETTER)) + 1
  for (const name of known) {
    const slips = distance(wanted, normal(name))
    if (slips < fewest) {
      fewest = slips
      nearest = name
    }
  }
  return nearest
}

/** `branchId`, `branch-id` and `BRANCH_ID` are all ways to write branch_id. */
function normal(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase()
}

/** Letters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current[column] = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = previous
    previous = current
  }
  return previous[b.length] ?? 0
}
