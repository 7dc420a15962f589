import { join } from 'node:path'
import { programBeside } from '../beside.ts'
import { debianPackage } from '../finding/debian-package.ts'
import type { KindOfServer, Place, Settings, Tools } from '../kind.ts'
import { greet } from './greeting.ts'

/** Its commits are durable unless told otherwise; small, so that it starts fast; and it can prepare transactions. */
const SETTINGS = { shared_buffers: '64MB', max_prepared_transactions: '64' }
/** Nothing of it lies outside of its directory. */
const LOCAL_SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  dynamic_shared_memory_type: 'mmap',
}

export const POSTGRES: KindOfServer = {
  kind: 'postgres',
  name: 'PostgreSQL',
  variables: ['ASSENT_TEST_POSTGRES_URL'],
  urlNamed: (value) => value,
  program: 'postgres',
  folders: [
    '/usr/lib/postgresql/*/bin',
    '/usr/pgsql-*/bin',
    '/usr/local/pgsql/bin',
    '/opt/homebrew/opt/postgresql@*/bin',
    '/usr/local/opt/postgresql@*/bin',
  ],
  account: 'postgres',
  supply: debianPackage('postgresql'),
  container: {
    image: 'postgres:17',
    user: 'assent',
    environment: ({ user, password }) => ({ POSTGRES_USER: user, POSTGRES_PASSWORD: password }),
    command: ({ port }, settings) => ['postgres', ...flags({ port: String(port), ...SETTINGS, ...settings })],
  },
  killSignal: 'SIGQUIT',
  prepare,
  command: (binary, { directory, port }, settings) => [
    binary,
    '-D',
    join(directory, 'data'),
    ...flags({ port: String(port), ...LOCAL_SETTINGS, ...SETTINGS, ...settings }),
  ],
  url: ({ user, password, port }) => `postgres://${user}:${password}@127.0.0.1:${port}/assent`,
  greet,
}

function flags(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function prepare(
  binary: string,
  { directory, user, password }: Place,
  { run, write }: Tools,
): Promise<void> {
  const data = join(directory, 'data')
  await run(programBeside(binary, 'initdb', ['.']), [
    `--pgdata=${data}`,
    `--username=${user}`,
    `--pwfile=${await write('password', password)}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ])
  // Nothing is in it yet that a power cut could take.
  await run(binary, ['--single', '-c', 'fsync=off', '-D', data, 'postgres'], 'CREATE DATABASE assent\n')
}
