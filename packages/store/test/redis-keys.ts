import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'

/** A prefix that no other test has. */
export function newPrefix(): string {
  return `assent-${randomUUID()}`
}

/** A connection that a test does with as it likes. */
export async function connectTo(url: string) {
  const client = createClient({ url })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Deletes what was kept under a prefix, on each of the servers. */
export async function deleteKeys(url: string | readonly string[], prefix: string): Promise<void> {
  for (const one of typeof url === 'string' ? [url] : url) {
    const client = await connectTo(one)
    for await (const keys of client.scanIterator({ MATCH: `{${prefix}*`, COUNT: 1_000 })) {
      // One at a time: keys of a cluster's node may not be named together.
      await Promise.all(keys.map((key) => client.unlink(key)))
    }
    client.destroy()
  }
}
