import { ATTEMPTS_KEPT } from '@assent/contract'
import type { Entry } from '../facts/fact.ts'
import type { Checker, Ground } from './promise.ts'

/** Rows in one batch of the store, at most. */
const BATCH_ROWS_MAX = 1_024

/** Every wait ends: every transaction, every answer, and nothing grows without a limit. */
export class EveryWaitEnds implements Checker {
  private readonly ground: Ground
  /** Requests that reached a process and were not answered yet. */
  private readonly open = new Map<string, { gid: string; what: string }>()

  constructor(ground: Ground) {
    this.ground = ground
  }

  see(entry: Entry): void {
    switch (entry.kind) {
      case 'asked': {
        const gid = 'gid' in entry.request.request ? entry.request.request.gid : ''
        this.open.set(`${entry.by}/${entry.ask}`, { gid, what: entry.request.what })
        return
      }
      case 'told':
        if (entry.answer.kind !== 'event') this.open.delete(`${entry.by}/${entry.ask}`)
        return
      case 'process':
        if (entry.what === 'crashed' || entry.what === 'ended') this.forget(entry.by)
        return
      case 'batch':
        if (entry.rows > BATCH_ROWS_MAX) this.ground.violated('', `a batch has ${entry.rows} rows`)
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
    for (const gid of history.gids()) {
      if (history.isEnded(gid)) continue
      const last = history.last(gid)
      this.ground.violated(gid, `never ended: it is ${last?.status}, owned by ${last?.row.owner ?? 'nobody'}`)
    }
    for (const [ask, { gid, what }] of this.open) {
      this.ground.violated(gid, `${what} was never answered by ${ask.slice(0, ask.lastIndexOf('/'))}`)
    }
  }

  private checkSize(gid: string): void {
    for (const branch of this.ground.history.last(gid)?.transaction.branches ?? []) {
      if (branch.attempts.length <= ATTEMPTS_KEPT) continue
      this.ground.violated(gid, `keeps ${branch.attempts.length} attempts of ${branch.request.branchId}`)
    }
  }

  private forget(process: string): void {
    for (const ask of this.open.keys()) if (ask.startsWith(`${process}/`)) this.open.delete(ask)
  }
}
