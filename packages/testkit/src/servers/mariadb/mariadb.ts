import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { converse } from '../conversation.ts'
import type { Greeting, KindOfServer, Place, RunProgram } from '../kind.ts'

const DEFAULT_PORT = 3306
const ERROR = 0xff
const HEADER_BYTES = 4

/** Every commit is on the disk before it is answered; small otherwise, so that it starts fast. */
const SETTINGS = {
  'innodb-flush-log-at-trx-commit': '1',
  'innodb-buffer-pool-size': '64M',
  'innodb-log-file-size': '32M',
  'character-set-server': 'utf8mb4',
}

export const MARIADB: KindOfServer = {
  kind: 'mariadb',
  name: 'MariaDB',
  variable: 'ASSENT_TEST_MYSQL_URL',
  program: 'mariadbd',
  folders: ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/usr/local/mysql/bin'],
  account: 'mysql',
  debianPackage: 'mariadb-server',
  image: 'mariadb:11',
  killSignal: 'SIGKILL',
  prepare,
  arguments: ({ directory, port }, settings) => [
    '--no-defaults',
    `--datadir=${join(directory, 'data')}`,
    `--tmpdir=${directory}`,
    `--socket=${join(directory, 'socket')}`,
    `--pid-file=${join(directory, 'pid')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    ...Object.entries({ ...SETTINGS, ...settings }).map(([name, value]) => `--${name}=${value}`),
  ],
  url: ({ port, password }) => `mysql://assent:${password}@127.0.0.1:${port}/assent`,
  greet,
}

async function prepare(binary: string, { directory, password }: Place, run: RunProgram): Promise<void> {
  const statements = join(directory, 'first.sql')
  await writeFile(
    statements,
    `FLUSH PRIVILEGES;
CREATE DATABASE assent;
CREATE USER assent@'%' IDENTIFIED BY '${password}';
GRANT ALL ON *.* TO assent@'%' WITH GRANT OPTION;
`,
  )
  await run(installerOf(binary), [
    '--no-defaults',
    `--datadir=${join(directory, 'data')}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    `--extra-file=${statements}`,
    `--innodb-log-file-size=${SETTINGS['innodb-log-file-size']}`,
  ])
}

/** It lies in `bin` where the server lies in `sbin`. */
function installerOf(binary: string): string {
  return join(dirname(binary).replace(/sbin$/, 'bin'), 'mariadb-install-db')
}

/** The server speaks first, and says its version before anyone has logged in. */
function greet(url: URL): Promise<Greeting> {
  return converse(url, DEFAULT_PORT, undefined, (received) => {
    if (received.length < HEADER_BYTES || received.length < HEADER_BYTES + received.readUIntLE(0, 3))
      return undefined
    const message = received.subarray(HEADER_BYTES)
    if (message[0] === ERROR) throw new Error(message.toString('latin1', 3))
    const said = message.toString('latin1', 1, message.indexOf(0, 1))
    // MariaDB hides behind an old version of MySQL, for clients that would not know its own.
    const version = said.replace(/^5\.5\.5-/, '').split('-')[0] ?? said
    return { product: said.includes('MariaDB') ? 'MariaDB' : 'MySQL', version }
  })
}
