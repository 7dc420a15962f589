const HASH_SLOTS = 16_384
/** CRC-16/XMODEM, as Redis Cluster says. */
const POLYNOMIAL = 0x1021

/** The hash slot of a cluster that a key belongs to when this stands between braces in its name. */
export function hashSlotOf(tag: string): number {
  let crc = 0
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x8000 ? POLYNOMIAL : 0)) & 0xffff
  }
  return crc % HASH_SLOTS
}
