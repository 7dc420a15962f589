import { crc32 } from 'node:zlib'
import { escapedText } from '../escaped-text.ts'

/** The sorted sets of a slot, in the order in which the scripts are given them. */
export const SETS = [
  'statuses',
  'names',
  'attention',
  'waiting',
  'owned',
  'ended',
  'labels',
  'buried',
] as const

export type SetName = (typeof SETS)[number]

/** A part of the keys: their names share a hash tag, so that one node of a cluster holds them all. */
export interface Slot {
  tag: string
  sets: Readonly<Record<SetName, string>>
  /** The names of the sets, in the order of SETS. */
  setKeys: readonly string[]
  /** What comes before a gid in the key of its row, or of its tombstone. */
  beforeGid: string
}

/** What the keys of a store are called. */
export interface Keyspace {
  /** Of what is there once. */
  tag: string
  /** What the store says of itself: its layout, and how many slots it has. */
  about: string
  incarnations: string
  slots: readonly [Slot, ...Slot[]]
}

export function keyspaceOf(prefix: string, slots: number): Keyspace {
  const tag = `{${prefix}}`
  return {
    tag,
    about: `${tag}:about`,
    incarnations: `${tag}:incarnations`,
    slots: [slotOf(prefix, 0), ...Array.from({ length: slots - 1 }, (_, index) => slotOf(prefix, index + 1))],
  }
}

function slotOf(prefix: string, number: number): Slot {
  const tag = `{${prefix}:${number}}`
  const sets = Object.fromEntries(SETS.map((name) => [name, `${tag}:${name}`])) as Record<SetName, string>
  return { tag, sets, setKeys: Object.values(sets), beforeGid: `${tag}:t:` }
}

/** The slot of a transaction: the same for good, so that its gid finds it. */
export function slotFor({ slots }: Keyspace, gid: string): Slot {
  return (slots.length > 1 && slots[crc32(escapedText(gid)) % slots.length]) || slots[0]
}

export function keyOf(slot: Slot, gid: string): string {
  return `${slot.beforeGid}${escapedText(gid)}`
}
