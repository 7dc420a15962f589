import { join } from 'node:path'
import { programBeside } from '../beside.ts'
import { debianPackage } from '../finding/debian-package.ts'
import type { KindOfServer, Place, Settings, Tools } from '../kind.ts'
import { greet } from './greeting.ts'

/** Every commit is on the disk before it is answered; small otherwise, so that it starts fast. */
const SETTINGS = {
  'innodb-flush-log-at-trx-commit': '1',
  'innodb-buffer-pool-size': '64M',
  'innodb-log-file-size': '32M',
  'character-set-server': 'utf8mb4',
  'skip-name-resolve': '1',
}

/** In `bin` where the server lies in `sbin`, in `scripts` of an unpacked archive. */
const INSTALLER_FOLDERS = ['.', '../bin', '../scripts']

export const MARIADB: KindOfServer = {
  kind: 'mariadb',
  name: 'MariaDB',
  variables: ['ASSENT_TEST_MYSQL_URL'],
  urlNamed: (value) => value,
  program: 'mariadbd',
  folders: ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/usr/local/mysql/bin'],
  account: 'mysql',
  supply: debianPackage('mariadb-server'),
  container: {
    image: 'mariadb:11',
    user: 'root',
    environment: ({ password }) => ({ MARIADB_ROOT_PASSWORD: password, MARIADB_DATABASE: 'assent' }),
    command: ({ port }, settings) => ['mariadbd', `--port=${port}`, ...flags({ ...SETTINGS, ...settings })],
  },
  killSignal: 'SIGKILL',
  prepare,
  command: (binary, { directory, port }, settings) => [
    binary,
    '--no-defaults',
    `--datadir=${join(directory, 'data')}`,
    `--tmpdir=${directory}`,
    // Relative to its data: the path of a socket may not be long.
    '--socket=socket',
    '--pid-file=pid',
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    ...flags({ ...SETTINGS, ...settings }),
  ],
  url: ({ user, password, port }) => `mysql://${user}:${password}@127.0.0.1:${port}/assent`,
  greet,
}

function flags(settings: Settings): string[] {
  return Object.entries(settings).map(([name, value]) => `--${name}=${value}`)
}

async function prepare(
  binary: string,
  { directory, user, password }: Place,
  { run, write }: Tools,
): Promise<void> {
  const statements = await write(
    'first.sql',
    `FLUSH PRIVILEGES;
CREATE DATABASE assent;
CREATE USER ${user}@'%' IDENTIFIED BY '${password}';
GRANT ALL ON *.* TO ${user}@'%' WITH GRANT OPTION;
`,
  )
  await run(programBeside(binary, 'mariadb-install-db', INSTALLER_FOLDERS), [
    '--no-defaults',
    `--datadir=${join(directory, 'data')}`,
    // One that starts clears away the temporary tables of all that share the folder for them.
    `--tmpdir=${directory}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    `--extra-file=${statements}`,
    `--innodb-log-file-size=${SETTINGS['innodb-log-file-size']}`,
  ])
}
