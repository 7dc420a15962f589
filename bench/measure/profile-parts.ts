import type { Profile } from './profile.ts'

/** A profile as V8 writes it, with who called whom. */
export interface CalledProfile extends Profile {
  nodes: (Profile['nodes'][number] & { children?: number[] })[]
}

/** The name of the part to which a function belongs by its file; undefined where that says nothing. */
export type PartOf = (url: string, functionName: string) => string | undefined

/**
 * The share of each part in the time in which a process was at work, idle time and the first `startMs` left out. What
 * belongs to no part by itself counts for whoever called it; what nobody of a part called is `other`.
 */
export function sharesOfParts(
  profiles: readonly CalledProfile[],
  partOf: PartOf,
  startMs: number,
): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const profile of profiles) {
    const parts = partsOfNodes(profile, partOf)
    let passedMicroseconds = 0
    for (const [place, id] of profile.samples.entries()) {
      const delta = profile.timeDeltas[place] ?? 0
      passedMicroseconds += delta
      const part = parts.get(id)
      if (part === undefined || passedMicroseconds < startMs * 1_000) continue
      times.set(part, (times.get(part) ?? 0) + delta)
    }
  }
  const all = [...times.values()].reduce((sum, each) => sum + each, 0)
  return new Map([...times].map(([part, time]) => [part, time / all]))
}

/** Those that are idle have none. */
function partsOfNodes({ nodes }: CalledProfile, partOf: PartOf): Map<number, string> {
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const own = new Map(
    nodes.map(({ id, callFrame: { url, functionName } }) => [id, partOf(url, functionName)]),
  )
  const parts = new Map<number, string>()
  for (const { id, callFrame } of nodes) {
    if (callFrame.functionName === '(idle)') continue
    let at: number | undefined = id
    while (at !== undefined && own.get(at) === undefined) at = callers.get(at)
    parts.set(id, (at === undefined ? undefined : own.get(at)) ?? 'other')
  }
  return parts
}
