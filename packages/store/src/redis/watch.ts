import { StoreUnavailable } from '@assent/engine'
import type { Database } from './database.ts'
import { type Weakness, weaknessesOf } from './durability.ts'
import type { Settings } from './options.ts'

/** At least so long between two looks at the settings of the servers, which anybody may change while they run. */
const LOOK_AGAIN_MS = 30_000

/** Whether the servers answer, and still keep what they should. */
export class Watch {
  readonly database: Database
  private readonly settings: Settings
  private weaknesses: readonly Weakness[]
  private lookedAt = performance.now()

  constructor(database: Database, settings: Settings, weaknesses: readonly Weakness[]) {
    this.database = database
    this.settings = settings
    this.weaknesses = weaknesses
  }

  get inWords(): readonly string[] {
    return this.weaknesses.map(({ words }) => words)
  }

  /** Throws StoreUnavailable when a server became weaker than was accepted, though it goes on being used. */
  async ping(): Promise<void> {
    const { database, settings } = this
    await Promise.all(database.servers.links.map((link) => link.call(['PING'])))
    await database.proveRoom()
    if (performance.now() - this.lookedAt >= LOOK_AGAIN_MS) await this.look()
    const unaccepted = this.weaknesses.filter(({ name }) => !settings.acceptedWeaknesses.includes(name))
    if (unaccepted.length > 0) {
      throw new StoreUnavailable(
        `it was made weaker while it ran, ${unaccepted.map(({ words }) => words).join('; ')}`,
      )
    }
  }

  private async look(): Promise<void> {
    const { keyspace, servers } = this.database
    this.weaknesses = await weaknessesOf(servers.links, this.settings.waitAof)
    if ((await this.database.call(keyspace.tag, ['EXISTS', keyspace.about])) === 0) {
      throw new StoreUnavailable(`${keyspace.about} is gone: somebody deleted the keys of this store`)
    }
    this.lookedAt = performance.now()
  }
}
