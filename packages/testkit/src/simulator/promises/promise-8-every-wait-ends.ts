import { ATTEMPTS_KEPT } from '@assent/contract'
import type { Entry } from '../facts/fact.ts'
import { Deliveries } from './deliveries.ts'
import type { Checker, Ground } from './promise.ts'
import { Spacing } from './spacing.ts'

/** Rows in one batch of the store, at most. */
const BATCH_ROWS_MAX = 1_024
/** Behind its own `waitMs` a request is answered within this: amid trouble, and once it is calm. */
const ANSWER_MAX_MS = 30_000
const ANSWER_MAX_IN_CALM_MS = 6_000

interface OpenRequest {
  gid: string
  what: string
  mustEndAt: number
}

/** Every wait ends: every transaction, every answer, and nothing grows without a limit. */
export class EveryWaitEnds implements Checker {
  private readonly ground: Ground
  private readonly spacing: Spacing
  private readonly deliveries: Deliveries
  /** Requests that reached a process and were not answered yet. */
  private readonly open = new Map<string, OpenRequest>()
  private isCalm = false

  constructor(ground: Ground) {
    this.ground = ground
    this.spacing = new Spacing(ground)
    this.deliveries = new Deliveries(ground)
  }

  see(entry: Entry): void {
    this.spacing.see(entry)
    this.deliveries.see(entry)
    switch (entry.kind) {
      case 'weather':
        this.isCalm ||= entry.by === 'world'
        return
      case 'asked':
        this.noteAsked(entry)
        return
      case 'told':
        this.noteTold(entry)
        return
      case 'process':
        if (entry.what === 'crashed' || entry.what === 'ended') this.forget(entry.by)
        if (entry.what === 'woken') this.forgive(entry.by)
        return
      case 'batch':
        this.checkBatch(entry)
        return
      case 'stored':
        this.checkSize(entry.row.gid)
        return
      default:
        return
    }
  }

  end(): void {
    const { history } = this.ground
    this.deliveries.check()
    for (const gid of history.gids()) {
      if (history.isEnded(gid)) continue
      const last = history.last(gid)
      this.ground.violated(gid, `never ended: it is ${last?.status}, owned by ${last?.row.owner ?? 'nobody'}`)
    }
    for (const [ask, { gid, what }] of this.open) {
      this.ground.violated(gid, `${what} was never answered by ${ask.slice(0, ask.lastIndexOf('/'))}`)
    }
  }

  private noteAsked({ request, by, ask, at }: Entry<'asked'>): void {
    const { what } = request
    const gid = 'gid' in request.request ? request.request.gid : ''
    const waitMs = ('waitMs' in request.request ? request.request.waitMs : undefined) ?? 0
    const most = this.isCalm ? ANSWER_MAX_IN_CALM_MS : ANSWER_MAX_MS
    const mustEndAt = what === 'events' ? Number.POSITIVE_INFINITY : at + waitMs + most
    this.open.set(`${by}/${ask}`, { gid, what, mustEndAt })
  }

  private noteTold({ answer, by, ask, at }: Entry<'told'>): void {
    if (answer.kind === 'event') return
    const request = this.open.get(`${by}/${ask}`)
    this.open.delete(`${by}/${ask}`)
    if (request === undefined || at <= request.mustEndAt) return
    this.ground.violated(request.gid, `${request.what} was answered by ${by} long after its time`)
  }

  private checkBatch({ gids, by }: Entry<'batch'>): void {
    if (gids.length > BATCH_ROWS_MAX) this.ground.violated('', `a batch has ${gids.length} rows`)
    const twice = gids.find((gid, position) => gids.indexOf(gid) < position)
    // A store writes nothing of such a batch, however often it is sent.
    if (twice !== undefined) this.ground.violated(twice, `${by} sent it twice in one batch`)
  }

  private checkSize(gid: string): void {
    for (const branch of this.ground.history.last(gid)?.transaction.branches ?? []) {
      if (branch.attempts.length <= ATTEMPTS_KEPT) continue
      this.ground.violated(gid, `keeps ${branch.attempts.length} attempts of ${branch.request.branchId}`)
    }
  }

  /** A process that is gone answers nobody. */
  private forget(process: string): void {
    for (const ask of this.open.keys()) if (ask.startsWith(`${process}/`)) this.open.delete(ask)
  }

  /** A process that stood still is late with everything. */
  private forgive(process: string): void {
    for (const [ask, request] of this.open) {
      if (ask.startsWith(`${process}/`)) request.mustEndAt = Number.POSITIVE_INFINITY
    }
  }
}
