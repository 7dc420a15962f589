import type { Script } from './script.ts'

/**
 * What the barrier needs of a client of `redis` (node-redis 5): a single connection, a pool or a cluster. No
 * driver is imported.
 */
export interface NodeRedisClient {
  eval(text: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  evalSha(digest: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** The same of `ioredis`, its `Cluster` included. */
export interface IoRedisClient {
  eval(text: string, keyCount: number, ...rest: string[]): Promise<unknown>
  evalsha(digest: string, keyCount: number, ...rest: string[]): Promise<unknown>
}

export type RedisClient = NodeRedisClient | IoRedisClient

/** What a script is given, as Redis names it. */
export interface ScriptArguments {
  keys: readonly string[]
  values: readonly string[]
}

/** Runs a script as one step of the server, which is sent its text only when it doesn't know it. */
export async function evaluate(
  client: RedisClient,
  script: Script,
  given: ScriptArguments,
): Promise<unknown> {
  try {
    return await byDigest(client, script, given)
  } catch (thrown) {
    // A server that was started again, or told to forget its scripts, has done nothing yet.
    if (!(thrown instanceof Error && thrown.message.startsWith('NOSCRIPT'))) throw thrown
    return byText(client, script, given)
  }
}

function byDigest(client: RedisClient, { digest }: Script, { keys, values }: ScriptArguments) {
  if ('evalSha' in client) return client.evalSha(digest, { keys: [...keys], arguments: [...values] })
  return client.evalsha(digest, keys.length, ...keys, ...values)
}

function byText(client: RedisClient, { text }: Script, { keys, values }: ScriptArguments) {
  if ('evalSha' in client) return client.eval(text, { keys: [...keys], arguments: [...values] })
  return client.eval(text, keys.length, ...keys, ...values)
}
