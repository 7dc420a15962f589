/** That somebody was told a status, the first and the last time. Times are of this process, milliseconds. */
export interface Sighting {
  status: string
  /** Who told it. */
  by: string
  /** When it had first been told: from then on everybody has to see it, or what follows from it. */
  firstSeenAtMs: number
  /** When the last question began that it answered: it was no older than that. */
  lastAskedAtMs: number
}

/** Which statuses of each transaction anybody was told while the run lasted, whoever asked at whichever coordinator. */
export class Sightings {
  readonly #ofGid = new Map<string, Sighting[]>()

  note(gid: string, { status, by, askedAtMs }: { status: string; by: string; askedAtMs: number }): void {
    const seen = this.#ofGid.get(gid) ?? []
    this.#ofGid.set(gid, seen)
    const before = seen.find((each) => each.status === status && each.by === by)
    if (before === undefined) {
      seen.push({ status, by, firstSeenAtMs: performance.now(), lastAskedAtMs: askedAtMs })
    } else {
      before.lastAskedAtMs = Math.max(before.lastAskedAtMs, askedAtMs)
    }
  }

  all(): ReadonlyMap<string, readonly Sighting[]> {
    return this.#ofGid
  }
}
