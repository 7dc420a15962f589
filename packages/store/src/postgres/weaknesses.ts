/** How a server keeps less than it acknowledges, by the names under which it may be accepted. */
const WEAKNESSES = {
  'fsync=off':
    'fsync=off: the server does not wait for its disk, so a power cut may lose what was acknowledged, or the whole database',
  'full_page_writes=off':
    'full_page_writes=off: a power cut while a page is being written may damage the database, unless the file system prevents it',
  'synchronous_commit=off':
    'synchronous_commit=off: commits are acknowledged before they are on the disk, so a crash of the server may lose the last of them',
} as const

export type Weakness = keyof typeof WEAKNESSES

/** Not found but asked for: who accepts it gets sessions that commit so. */
export const FAST_COMMIT: Weakness = 'synchronous_commit=off'

/** The server's settings on which it depends. */
export interface Durability {
  fsync: string
  fullPageWrites: string
}

/** What the server's settings give up. */
export function weaknessesOf({ fsync, fullPageWrites }: Durability): Weakness[] {
  const found: Weakness[] = []
  if (fsync === 'off') found.push('fsync=off')
  if (fullPageWrites === 'off') found.push('full_page_writes=off')
  return found
}

export function remedyFor(refused: readonly Weakness[]): string {
  const [setting, it] = refused.length === 1 ? ['that setting', 'it'] : ['those settings', 'each']
  return `switch ${setting} on, or accept ${it} by this name as a weakness`
}

/** For people, as `/ready` shows it. */
export function wordsFor(weakness: Weakness): string {
  return WEAKNESSES[weakness]
}
