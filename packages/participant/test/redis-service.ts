import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'
import { redisBarrier } from '../src/barrier/redis/barrier.ts'
import { type RedisBusiness, redisScript } from '../src/barrier/redis/business.ts'
import type { RedisClient } from '../src/barrier/redis/client.ts'

/** Leaves a line, and results in it. */
export const LEAVE = redisScript(`
  write('RPUSH', KEYS[1], ARGV[1])
  return { did = ARGV[1] }
`)

/** A connection of node-redis whose faults show at its commands. */
export async function connect(url: string) {
  const client = createClient({ url })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Asks a server something, whichever client does it. */
export type Ask = (command: string[]) => Promise<unknown>

export const newTag = (): string => `barrier-${randomUUID()}`

/** A service with keys of its own, and a barrier before them. */
export function redisService(client: RedisClient, ask: Ask, tag = newTag(), now = Date.now) {
  const effects = `{${tag}}:effects`
  return {
    tag,
    barrier: redisBarrier(client, { tag, now }),
    /** What a business function does here. */
    leave: (redis: RedisBusiness, what: string) => redis.run(LEAVE, { keys: [effects], values: [what] }),
    effectsKey: effects,
    effects: async () => (await ask(['LRANGE', effects, '0', '-1'])) as string[],
    rowsKey: (gid = 'transfer-1') => `{${tag}}:barrier:${gid}`,
    /** The rows of a gid, without when they were touched. */
    rows: async (gid = 'transfer-1') => {
      const flat = (await ask(['HGETALL', `{${tag}}:barrier:${gid}`])) as string[]
      const fields = Object.fromEntries(flat.flatMap((name, at) => (at % 2 ? [] : [[name, flat[at + 1]]])))
      const { touched: _, ...rows } = fields as Record<string, string>
      return rows
    },
    close: async () => {
      const found = (await ask(['KEYS', `{${tag}}*`])) as string[]
      if (found.length > 0) await ask(['UNLINK', ...found])
    },
  }
}
