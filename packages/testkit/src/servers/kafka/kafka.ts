import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { KindOfServer, Place, Settings, Tools } from '../kind.ts'
import { freePort } from '../running/port.ts'
import { greet } from './greeting.ts'
import { KAFKA_JARS } from './jars.ts'
import { javaCommand } from './java.ts'

const CLUSTER_ID_BYTES = 16

/** One node keeps everything; topics are made by who needs them; small, and nobody is waited for. */
const SETTINGS = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'BROKER',
  'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
  // One that was killed is believed to live on until then, and its next life is not let in.
  'broker.session.timeout.ms': '2000',
  'broker.heartbeat.interval.ms': '200',
  'auto.create.topics.enable': 'false',
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '4',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
}

const HOME = process.env.KAFKA_HOME

export const KAFKA: KindOfServer = {
  kind: 'kafka',
  name: 'Apache Kafka',
  variables: ['ASSENT_TEST_KAFKA_BROKERS', 'KAFKA_BROKERS'],
  // The first of them tells a client of the others.
  urlNamed: (brokers) => `kafka://${brokers.split(',')[0]}`,
  program: 'kafka-server-start.sh',
  folders: [
    ...(HOME ? [join(HOME, 'bin')] : []),
    '/opt/kafka*/bin',
    '/usr/local/kafka*/bin',
    '/opt/homebrew/opt/kafka/libexec/bin',
    '/usr/local/opt/kafka/libexec/bin',
  ],
  account: 'kafka',
  supply: KAFKA_JARS,
  container: {
    image: 'apache/kafka:4.3.1',
    user: '',
    environment: () => ({}),
    command: () => [],
  },
  killSignal: 'SIGKILL',
  prepare,
  command: (binary, { directory }, settings) => [
    ...javaCommand(binary, directory),
    'kafka.Kafka',
    join(directory, 'server.properties'),
    ...Object.entries(settings).flatMap(([name, value]) => ['--override', `${name}=${value}`]),
  ],
  url: ({ port }) => `kafka://127.0.0.1:${port}`,
  greet,
}

async function prepare(binary: string, { directory, port }: Place, { run, write }: Tools): Promise<void> {
  const controllerPort = await freePort()
  const file = await write(
    'server.properties',
    properties({
      ...SETTINGS,
      listeners: `BROKER://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
      'log.dirs': join(directory, 'data'),
    }),
  )
  const cluster = randomBytes(CLUSTER_ID_BYTES).toString('base64url')
  const [java = 'java', ...flags] = javaCommand(binary, directory)
  await run(java, [
    ...flags,
    'kafka.tools.StorageTool',
    'format',
    `--cluster-id=${cluster}`,
    `--config=${file}`,
  ])
}

function properties(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
