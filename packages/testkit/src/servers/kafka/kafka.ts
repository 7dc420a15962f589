import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { KindOfServer, Place, Tools } from '../kind.ts'
import { freePort } from '../running/port.ts'
import { greet } from './greeting.ts'
import { kafkaJars } from './jars.ts'
import { javaCommand } from './java.ts'
import { properties, settingsOf, variables } from './settings.ts'

const CLUSTER_ID_BYTES = 16
const PROPERTIES_FILE = 'server.properties'
const HOME = process.env.KAFKA_HOME

export const KAFKA: KindOfServer = {
  kind: 'kafka',
  name: 'Apache Kafka',
  variables: ['ASSENT_TEST_KAFKA_BROKERS', 'KAFKA_BROKERS'],
  // Whichever comes first tells a client of all others.
  urlNamed: (brokers) => `kafka://${brokers.split(',')[0]?.trim()}`,
  program: 'kafka-server-start.sh',
  folders: [
    ...(HOME ? [join(HOME, 'bin')] : []),
    '/opt/kafka*/bin',
    '/usr/local/kafka*/bin',
    '/opt/homebrew/opt/kafka/libexec/bin',
    '/usr/local/opt/kafka/libexec/bin',
  ],
  account: 'kafka',
  supply: kafkaJars(),
  container: {
    image: 'apache/kafka:4.3.1',
    user: '',
    environment: ({ port }, settings) => ({
      KAFKA_HEAP_OPTS: '-Xmx384m',
      ...variables({
        ...settingsOf({ host: '0.0.0.0', port, controllerPort: port + 1, folder: '/var/lib/kafka/data' }),
        ...settings,
      }),
    }),
    command: () => [],
  },
  killSignal: 'SIGKILL',
  prepare,
  command: (binary, { directory }, settings) => [
    ...javaCommand(binary, directory),
    'kafka.Kafka',
    join(directory, PROPERTIES_FILE),
    ...Object.entries(settings).flatMap(([name, value]) => ['--override', `${name}=${value}`]),
  ],
  url: ({ port }) => `kafka://127.0.0.1:${port}`,
  greet,
}

/** A node will not begin in a folder that was not made for it. */
async function prepare(binary: string, { directory, port }: Place, { run, write }: Tools): Promise<void> {
  const folder = join(directory, 'data')
  const settings = settingsOf({ host: '127.0.0.1', port, controllerPort: await freePort(), folder })
  const file = await write(PROPERTIES_FILE, properties(settings))
  const cluster = randomBytes(CLUSTER_ID_BYTES).toString('base64url')
  const [java, ...flags] = javaCommand(binary, directory)
  await run(java, [
    ...flags,
    'kafka.tools.StorageTool',
    'format',
    `--cluster-id=${cluster}`,
    `--config=${file}`,
  ])
}
