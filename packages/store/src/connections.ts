/** The connections that a store holds to its database server. */
export interface Connections {
  /** At most so many at once. Few are faster than many: writes go in batches. */
  max: number
  /** So many are kept while idle. */
  idleMax: number
  /** One that is older is replaced when it is free, milliseconds. */
  lifeMs: number
}

export const DEFAULT_CONNECTIONS: Connections = Object.freeze({ max: 16, idleMax: 4, lifeMs: 30 * 60_000 })
