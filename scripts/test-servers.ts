/** What the tests ran against, for the closing lines. */
import type { ServerNote } from '@assent/testkit/servers'

/** A sentence of what the tests noted, a line of JSON for each server; undefined where they used none. */
export function serversIn(notes: string): string | undefined {
  const origins = new Map<string, Set<string>>()
  for (const line of notes.split('\n')) {
    if (line === '') continue
    const { product, version, origin }: ServerNote = JSON.parse(line)
    const server = `${product} ${version}`
    origins.set(server, (origins.get(server) ?? new Set()).add(origin))
  }
  if (origins.size === 0) return undefined
  const servers = [...origins].map(([server, from]) => `${server} (${[...from].sort().join(' and ')})`)
  return `Ran against ${servers.sort().join(', ')}.`
}
