import { debianPackage } from '../finding/debian-package.ts'
import type { KindOfServer, Settings } from '../kind.ts'
import { greet } from './greeting.ts'

/** Every write is on the disk before it is answered; the log alone keeps it, so no snapshots beside. */
const SETTINGS = { appendonly: 'yes', appendfsync: 'always', save: '' }

export const REDIS: KindOfServer = {
  kind: 'redis',
  name: 'Redis',
  variables: ['ASSENT_TEST_REDIS_URL'],
  urlNamed: (value) => value,
  program: 'redis-server',
  folders: ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'],
  account: 'redis',
  supply: debianPackage('redis-server'),
  container: {
    image: 'redis:8',
    user: '',
    environment: () => ({}),
    command: ({ port, password }, settings) => [
      'redis-server',
      ...flags({ port: String(port), requirepass: password, ...SETTINGS, ...settings }),
    ],
  },
  killSignal: 'SIGKILL',
  prepare: async () => {},
  command: (binary, { directory, port, password }, settings) => [
    binary,
    ...flags({
      port: String(port),
      bind: '127.0.0.1',
      dir: directory,
      requirepass: password,
      ...SETTINGS,
      ...settings,
    }),
  ],
  url: ({ password, port }) => `redis://:${password}@127.0.0.1:${port}`,
  greet,
}

function flags(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
}
