/**
 * Lets things of one key through once in so many milliseconds. Answers how many were held back since the last one that
 * went through, and undefined for one that is held back itself. There must be few keys: all are remembered.
 */
export function seldom(everyMs: number, now: () => number = () => performance.now()) {
  const seen = new Map<string, { at: number; heldBack: number }>()
  return (key: string): number | undefined => {
    const last = seen.get(key)
    const at = now()
    if (last !== undefined && at - last.at < everyMs) {
      last.heldBack += 1
      return undefined
    }
    seen.set(key, { at, heldBack: 0 })
    return last?.heldBack ?? 0
  }
}
