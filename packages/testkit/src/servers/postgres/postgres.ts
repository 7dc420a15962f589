import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { KindOfServer, Place, RunProgram } from '../kind.ts'
import { greet } from './greeting.ts'

/** Commits are durable by default; small otherwise, and nothing of it lies outside of its directory. */
const SETTINGS = {
  shared_buffers: '64MB',
  dynamic_shared_memory_type: 'mmap',
  unix_socket_directories: '',
}

export const POSTGRES: KindOfServer = {
  kind: 'postgres',
  name: 'PostgreSQL',
  variable: 'ASSENT_TEST_POSTGRES_URL',
  program: 'postgres',
  folders: [
    '/usr/lib/postgresql/*/bin',
    '/usr/pgsql-*/bin',
    '/usr/local/pgsql/bin',
    '/opt/homebrew/opt/postgresql@*/bin',
    '/usr/local/opt/postgresql@*/bin',
  ],
  account: 'postgres',
  debianPackage: 'postgresql',
  image: 'postgres:17',
  killSignal: 'SIGQUIT',
  prepare,
  arguments: ({ directory, port }, settings) => [
    '-D',
    join(directory, 'data'),
    ...Object.entries({
      port: String(port),
      listen_addresses: '127.0.0.1',
      ...SETTINGS,
      ...settings,
    }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ],
  url: ({ port, password }) => `postgres://assent:${password}@127.0.0.1:${port}/assent`,
  greet,
}

async function prepare(binary: string, { directory, password }: Place, run: RunProgram): Promise<void> {
  const data = join(directory, 'data')
  const passwordFile = join(directory, 'password')
  await writeFile(passwordFile, password)
  await run(join(dirname(binary), 'initdb'), [
    `--pgdata=${data}`,
    '--username=assent',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ])
  await run(binary, ['--single', '-D', data, 'postgres'], 'CREATE DATABASE assent\n')
}
