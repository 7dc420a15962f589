const RANDOM_BYTES = 10
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A UUIDv7 (RFC 9562): later ones sort behind earlier ones, to the millisecond. */
export function newGid(now: number = Date.now()): string {
  const time = Math.floor(now).toString(16).padStart(12, '0')
  let random = ''
  for (const byte of crypto.getRandomValues(new Uint8Array(RANDOM_BYTES))) random += HEX[byte]
  const variant = ((Number.parseInt(random.charAt(3), 16) & 3) | 8).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`
}
