/** FNV-1a with a final mix, 32 bits: spreads retries and names traces; no secret depends on it. */
export function hash32(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  hash ^= hash >>> 16
  return hash >>> 0
}

const HEX_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hex32(value: number): string {
  return `${HEX_BYTES[value >>> 24]}${HEX_BYTES[(value >>> 16) & 255]}${HEX_BYTES[(value >>> 8) & 255]}${HEX_BYTES[value & 255]}`
}

/** W3C trace context of a call: one trace for each gid, one span for each attempt. */
export function traceparent(gid: string, span: string): string {
  const trace =
    hex32(hash32(gid, 1)) + hex32(hash32(gid, 2)) + hex32(hash32(gid, 3)) + hex32(hash32(gid, 4) | 1)
  return `00-${trace}-${hex32(hash32(span, 5))}${hex32(hash32(span, 6) | 1)}-01`
}
