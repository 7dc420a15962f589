import type { Greeting, KindOfServer } from '../kind.ts'
import { redisCommands } from './command.ts'

/** Every write is on the disk before it is answered; the log alone keeps it, so no snapshots beside. */
const SETTINGS = { appendonly: 'yes', appendfsync: 'always', save: '' }

export const REDIS: KindOfServer = {
  kind: 'redis',
  name: 'Redis',
  variable: 'ASSENT_TEST_REDIS_URL',
  program: 'redis-server',
  folders: ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'],
  account: 'redis',
  debianPackage: 'redis-server',
  image: 'redis:8',
  killSignal: 'SIGKILL',
  prepare: async () => {},
  arguments: ({ directory, port, password }, settings) => {
    const all = {
      port: String(port),
      bind: '127.0.0.1',
      dir: directory,
      requirepass: password,
      masterauth: password,
    }
    return Object.entries({ ...all, ...SETTINGS, ...settings }).flatMap(([name, value]) => [
      `--${name}`,
      value,
    ])
  },
  url: ({ port, password }) => `redis://:${password}@127.0.0.1:${port}`,
  greet,
}

async function greet(url: URL): Promise<Greeting> {
  const information = await redisCommands(url, [['PING'], ['INFO', 'server']])
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(information)?.[1]
  const valkey = field('valkey_version')
  if (valkey) return { product: 'Valkey', version: valkey }
  return { product: 'Redis', version: field('redis_version') ?? 'of unknown version' }
}
