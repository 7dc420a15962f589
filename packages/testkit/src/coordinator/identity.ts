import type { Identity } from '@assent/engine'

/** Names in order, and a hash that repeats: the same in every run of a seed. */
export function simulatedIdentity(process: string): Identity {
  let gids = 0
  let incarnations = 0
  return {
    newGid() {
      gids += 1
      return `own-${process.replace('#', '-')}-${gids}`
    },
    newIncarnation() {
      incarnations += 1
      return `${process}.${incarnations}`
    },
    hash: contentHash,
  }
}

/** Two 32-bit hashes of a text: enough to tell the few contents of one simulated world apart. */
export function contentHash(text: string): string {
  let left = 0x811c9dc5
  let right = 0x9747b28c
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    left = Math.imul(left ^ unit, 0x01000193)
    right = Math.imul(right ^ unit, 0x5bd1e995)
    right ^= right >>> 13
  }
  return `${(left >>> 0).toString(36)}${(right >>> 0).toString(36)}`
}
