import { setTimeout } from 'node:timers/promises'
import { ErrorAnswer, NotSent } from './failures.ts'
import { hashSlotOf } from './hash-slot.ts'
import { Link } from './link.ts'
import { type Access, type Address, wordsOf } from './options.ts'
import type { Servers } from './servers.ts'
import type { Command, Reply } from './session.ts'

/** How often a command is sent on to where a node says that its keys are. */
const REDIRECTIONS_MAX = 5
/** How long to wait before the next look at who holds what, while a node is away. */
const REFRESH_PAUSE_MS = 1_000

/** As a node answers to CLUSTER SLOTS: from, to, the master, its replicas. */
type SlotRange = readonly [number, number, readonly [string | null, number, ...Reply[]], ...Reply[]]

/** The master of a range of hash slots, by its name. */
interface Holding {
  from: number
  to: number
  name: string
}

/**
 * The masters of a cluster, and which of them holds which keys. It follows them: the driver's own cluster looks again
 * only when a living node sends a command elsewhere, so that it never leaves a master that died, and lets commands wait
 * for that one without limit.
 */
export class Cluster implements Servers {
  readonly isCluster = true
  private readonly accessTo: (address: Address) => Access
  private readonly known = new Map<string, Link>()
  private holdings: Holding[] = []
  /** Hash slots that a node said are elsewhere, since the last look. */
  private readonly moved = new Map<number, string>()
  private readonly hashSlots = new Map<string, number>()
  private refreshing = false
  private isStopped = false

  private constructor(accessTo: (address: Address) => Access) {
    this.accessTo = accessTo
  }

  /** `seed` is a connected node, and ended if it is no master. Rejects when a master can't be connected. */
  static async begin(seed: Link, accessTo: (address: Address) => Access): Promise<Cluster> {
    const cluster = new Cluster(accessTo)
    cluster.know(seed)
    try {
      await cluster.refreshFrom(seed, (link) => link.start())
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  get links(): readonly Link[] {
    return [...this.known.values()]
  }

  call(tag: string, command: Command): Promise<Reply> {
    return this.send(
      tag,
      (link) => link.call(command),
      (link) => link.callAsking(command),
    )
  }

  change(tag: string, command: Command): Promise<Reply> {
    return this.send(
      tag,
      (link) => link.change(command),
      (link) => link.changeAsking(command),
    )
  }

  async stop(): Promise<void> {
    this.isStopped = true
    await Promise.all(this.links.map((link) => link.stop()))
  }

  private async send(
    tag: string,
    ask: (link: Link) => Promise<Reply>,
    askOnTheWay: (link: Link) => Promise<Reply>,
  ): Promise<Reply> {
    for (let redirections = 0; ; redirections += 1) {
      try {
        return await ask(this.holderOf(tag))
      } catch (error) {
        const redirection = redirectionOf(error)
        // Another master may have taken over.
        if (redirection !== undefined || !(error instanceof ErrorAnswer)) void this.refreshUntilWell()
        if (redirection === undefined || redirections === REDIRECTIONS_MAX) throw error
        const link = await this.linkTo(redirection.address)
        if (redirection.isOnTheWay) return askOnTheWay(link)
        this.moved.set(this.hashSlotOf(tag), link.name)
      }
    }
  }

  private holderOf(tag: string): Link {
    const slot = this.hashSlotOf(tag)
    const name =
      this.moved.get(slot) ?? this.holdings.find(({ from, to }) => slot >= from && slot <= to)?.name
    const link = this.known.get(name ?? '')
    if (link === undefined) throw new NotSent(`no node of the cluster holds ${tag}`)
    return link
  }

  private hashSlotOf(tag: string): number {
    let slot = this.hashSlots.get(tag)
    if (slot === undefined) {
      slot = hashSlotOf(tag.slice(1, -1))
      this.hashSlots.set(tag, slot)
    }
    return slot
  }

  private async linkTo(address: Address): Promise<Link> {
    const existing = this.known.get(wordsOf(address))
    if (existing !== undefined) return existing
    const link = this.add(address)
    await link.start().catch((cause: Error) => {
      link.startSoon()
      throw new NotSent(cause.message, { cause })
    })
    return link
  }

  private add(address: Address): Link {
    const link = new Link(address, this.accessTo(address))
    this.know(link)
    return link
  }

  private know(link: Link): void {
    this.known.set(link.name, link)
    link.onLost = () => void this.refreshUntilWell()
  }

  /** Looks who holds what, and again as long as a node is away that holds something. */
  private async refreshUntilWell(): Promise<void> {
    if (this.refreshing) return
    this.refreshing = true
    do {
      await this.refresh()
      await setTimeout(REFRESH_PAUSE_MS, undefined, { ref: false })
    } while (!this.isStopped && this.links.some((link) => !link.isUp))
    this.refreshing = false
  }

  /** Asks the nodes one after the other who holds what, until one answers. */
  private async refresh(): Promise<void> {
    for (const link of this.links) {
      if (!link.isUp) continue
      try {
        await this.refreshFrom(link, async (added) => added.startSoon())
        return
      } catch {
        // The next one may know.
      }
    }
  }

  private async refreshFrom(asked: Link, start: (added: Link) => Promise<void>): Promise<void> {
    const ranges = (await asked.call(['CLUSTER', 'SLOTS'])) as readonly SlotRange[]
    if (this.isStopped) return
    const starting: Promise<void>[] = []
    const holdings = ranges.map(([from, to, [host, port]]) => {
      // A node that doesn't know its own name is where it was asked.
      const address = { host: host || asked.address.host, port }
      const name = wordsOf(address)
      if (!this.known.has(name)) starting.push(start(this.add(address)))
      return { from, to, name }
    })
    this.holdings = holdings
    this.moved.clear()
    for (const [name, link] of this.known) {
      if (holdings.some((holding) => holding.name === name)) continue
      this.known.delete(name)
      void link.stop()
    }
    await Promise.all(starting)
  }
}

/** Where a node says that the keys are; undefined where it says something else. */
function redirectionOf(error: unknown): { address: Address; isOnTheWay: boolean } | undefined {
  const found = error instanceof ErrorAnswer && /^(MOVED|ASK) \d+ (.+):(\d+)$/.exec(error.reply)
  if (!found) return undefined
  const [, kind, host = '', port] = found
  return { address: { host, port: Number(port) }, isOnTheWay: kind === 'ASK' }
}
