import { isDeepStrictEqual } from 'node:util'
import type { Asked, Told } from '../clients/asked.ts'
import type { Entry } from '../facts/fact.ts'
import type { Checker, Ground } from './promise.ts'

/**
 * Replays are harmless: a gid stands for one transaction with one content, however often it is sent. Whoever
 * repeats it is told of that one, and whoever sends other content is told CONFLICT.
 */
export class ReplaysAreHarmless implements Checker {
  private readonly ground: Ground
  /** What each gid, and each branch, was accepted with, without how long its sender waits. */
  private readonly contents = new Map<string, unknown>()

  constructor(ground: Ground) {
    this.ground = ground
  }

  see(entry: Entry): void {
    if (entry.kind === 'told') this.check(entry.request, entry.answer)
    if (entry.kind === 'stored' && entry.row.version === 1) {
      if (this.ground.history.of(entry.row.gid).some((version) => version.row.version > 1)) {
        this.ground.violated(entry.row.gid, 'was begun a second time')
      }
    }
  }

  end(): void {}

  private check(asked: Asked, told: Told): void {
    const key = keyOf(asked)
    if (key === undefined) return
    const { gid } = asked.request as { gid: string }
    const content = contentOf(asked)
    if (told.kind === 'error') {
      const isKnown = this.contents.has(key) && isDeepStrictEqual(this.contents.get(key), content)
      if (told.code === 'CONFLICT' && isKnown)
        this.ground.violated(gid, `${asked.what} was repeated, and told CONFLICT`)
      return
    }
    if (!this.contents.has(key)) this.contents.set(key, content)
    else if (!isDeepStrictEqual(this.contents.get(key), content)) {
      this.ground.violated(gid, `${asked.what} was accepted with other content`)
    }
  }
}

function keyOf(asked: Asked): string | undefined {
  switch (asked.what) {
    case 'start':
    case 'run':
      return asked.request.gid
    case 'add':
    case 'try':
      return `${asked.request.gid}/${asked.request.branch.branchId}`
    default:
      return undefined
  }
}

function contentOf(asked: Asked): unknown {
  const { waitMs: _waitMs, ...content } = asked.request as { waitMs?: number }
  return { what: asked.what, content }
}
