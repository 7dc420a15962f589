import { hash, randomBytes } from 'node:crypto'
import type { Identity } from '@assent/engine'

/** Random bytes are asked for in blocks: one call costs about as much as one for a single gid. */
const BLOCK_BYTES = 4096
const GID_RANDOM_BYTES = 10

let block = Buffer.alloc(0)
let used = 0

function randomHex(bytes: number): string {
  if (used + bytes > block.length) {
    block = randomBytes(BLOCK_BYTES)
    used = 0
  }
  const hex = block.toString('hex', used, used + bytes)
  used += bytes
  return hex
}

/** UUIDv7 gids (RFC 9562), random incarnations, SHA-256. */
export const systemIdentity: Identity = {
  newGid(now) {
    const time = Math.floor(now).toString(16).padStart(12, '0')
    const random = randomHex(GID_RANDOM_BYTES)
    const variant = ((Number.parseInt(random.slice(3, 4), 16) & 3) | 8).toString(16)
    return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`
  },
  newIncarnation: () => randomHex(8),
  hash: (canonical) => hash('sha256', canonical, 'base64url').slice(0, 22),
}
