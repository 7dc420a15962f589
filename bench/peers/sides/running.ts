import type { Databases } from './databases.ts'
import type { RunningSide, Side } from './side.ts'

export interface Running extends RunningSide {
  name: string
}

/** Sides that run at the same time, so that they can take turns; databases and sides end with it. */
export class RunningSides implements AsyncDisposable {
  readonly all: readonly Running[]
  /** Sides that can not run, or did not start, and why. */
  readonly absent: readonly string[]

  private constructor(all: readonly Running[], absent: readonly string[]) {
    this.all = all
    this.absent = absent
  }

  static async start(sides: readonly Side[], databases: Databases): Promise<RunningSides> {
    const all: Running[] = []
    const absent: string[] = []
    for (const side of sides) {
      const reason = side.missing?.() ?? (await begin(side, databases, all))
      if (reason !== undefined) absent.push(`${side.name}: ${reason}`)
    }
    return new RunningSides(all, absent)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((side) => side[Symbol.asyncDispose]()))
  }
}

/** One that does not start leaves the others their turns. */
async function begin(side: Side, databases: Databases, all: Running[]): Promise<string | undefined> {
  try {
    all.push({ ...(await side.start(databases)), name: side.name })
    return undefined
  } catch (error) {
    return `did not start: ${error instanceof Error ? error.message : error}`
  }
}
