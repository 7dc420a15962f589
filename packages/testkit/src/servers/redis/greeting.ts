import type { Greeting } from '../kind.ts'
import { redisCommands } from './command.ts'

/** Refused while it reads its log back in. */
export async function greet(url: URL): Promise<Greeting> {
  const information = await redisCommands(url, [['PING'], ['INFO', 'server']])
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(information)?.[1]
  const valkey = field('valkey_version')
  if (valkey) return { product: 'Valkey', version: valkey }
  const redis = field('redis_version')
  if (!redis) throw new Error('it does not say its version')
  return { product: 'Redis', version: redis }
}
