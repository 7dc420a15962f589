/** Where names that must be unique come from. */
export interface Identity {
  /** A new gid: a UUIDv7. `now` is epoch milliseconds. */
  newGid(now: number): string
  /** Names one life of one coordinator; never given twice. */
  newIncarnation(): string
  /** The hash of a request's canonical JSON, by which a replay is told from a conflict. */
  hash(canonical: string): string
}
