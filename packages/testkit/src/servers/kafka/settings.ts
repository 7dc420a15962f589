import type { Settings } from '../kind.ts'

/** One node does it all; topics are made by who needs them; small, and nobody is waited for that will not come. */
const SETTINGS: Settings = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'BROKER',
  'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'auto.create.topics.enable': 'false',
  // A broker that was killed counts as alive until then, and its next life is not let in.
  'broker.session.timeout.ms': '2000',
  'broker.heartbeat.interval.ms': '200',
  'group.initial.rebalance.delay.ms': '0',
  // A test may want a consumer that was killed to be missed soon.
  'group.min.session.timeout.ms': '1000',
  'offsets.topic.num.partitions': '4',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  // The 128 MiB of its default would be nearly half of the memory.
  'log.cleaner.dedupe.buffer.size': '4194304',
}

/** Where a node listens, to clients and to itself, and what it keeps in which folder. */
export interface Node {
  /** The address that clients are told is 127.0.0.1, whichever it listens on. */
  host: '127.0.0.1' | '0.0.0.0'
  port: number
  controllerPort: number
  folder: string
}

export function settingsOf({ host, port, controllerPort, folder }: Node): Settings {
  return {
    ...SETTINGS,
    listeners: `BROKER://${host}:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `BROKER://127.0.0.1:${port}`,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'log.dirs': folder,
  }
}

/** The text of a file of properties. */
export function properties(settings: Settings): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
  return lines.join('')
}

/** Variables from which the public image makes such a file: the punctuation of a name is told by how often `_` stands there. */
export function variables(settings: Settings): Settings {
  const named = Object.entries(settings).map(([name, value]) => [variable(name), value] as const)
  return Object.fromEntries(named)
}

function variable(name: string): string {
  const spelled = name.replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_')
  return `KAFKA_${spelled.toUpperCase()}`
}
