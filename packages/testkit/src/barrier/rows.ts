import {
  type BarrierOperation,
  type BarrierRows,
  type CallId,
  type GidRows,
  placeOf,
  type StoredAnswer,
} from '@assent/participant'

interface Row {
  stored: StoredAnswer
  touchedAt: number
}

/** The barrier's table of one participant, in its memory. */
export class MemoryRows implements BarrierRows {
  private readonly byGid = new Map<string, Map<string, Row>>()
  private readonly now: () => number
  private readonly onForgotten: (gid: string) => void

  constructor(now: () => number, onForgotten: (gid: string) => void) {
    this.now = now
    this.onForgotten = onForgotten
  }

  find(call: CallId): StoredAnswer | undefined {
    return this.byGid.get(call.gid)?.get(keyOf(call))?.stored
  }

  put(call: CallId, stored: StoredAnswer): void {
    const rows = this.byGid.get(call.gid) ?? new Map<string, Row>()
    this.byGid.set(call.gid, rows)
    rows.set(keyOf(call), { stored, touchedAt: this.now() })
  }

  async page(after: string, limit: number): Promise<readonly GidRows[]> {
    const gids = [...this.byGid.keys()].filter((gid) => gid > after).sort()
    return gids.slice(0, limit).map((gid) => {
      const rows = [...(this.byGid.get(gid)?.values() ?? [])]
      return {
        gid,
        touchedAt: Math.max(...rows.map((row) => row.touchedAt)),
        ongoing: rows.some((row) => row.stored.state === 'ongoing'),
      }
    })
  }

  async forget(gids: readonly string[], untouchedSince: number): Promise<number> {
    let forgotten = 0
    for (const gid of gids) {
      const rows = [...(this.byGid.get(gid)?.values() ?? [])]
      if (rows.some((row) => row.stored.state === 'ongoing' || row.touchedAt > untouchedSince)) continue
      if (!this.byGid.delete(gid)) continue
      this.onForgotten(gid)
      forgotten += 1
    }
    return forgotten
  }
}

function keyOf({ branchId, op }: { branchId: string; op: BarrierOperation }): string {
  return `${branchId}/${placeOf(op)}`
}
