import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../running/port.ts'
import type { OwnServer } from '../server.ts'
import { startRedis } from '../start.ts'
import { redisCommands } from './command.ts'

const MASTERS = 3
const SLOTS = 16_384
const READY_POLL_MS = 50
const READY_TIMEOUT_MS = 30_000

export interface RedisCluster extends AsyncDisposable {
  urls: readonly string[]
  nodes: readonly OwnServer[]
  /** Resolves when all of it has ended and its directories are gone. */
  close(): Promise<void>
}

/** Three masters that share all slots evenly, durable as a single one is. Resolves when each says that all is well. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const buses = await Promise.all(Array.from({ length: MASTERS }, freePort))
  const started = await Promise.allSettled(
    buses.map((bus) => startRedis({ settings: { 'cluster-enabled': 'yes', 'cluster-port': String(bus) } })),
  )
  const nodes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const close = async () => {
    await Promise.all(nodes.map((node) => node.close()))
  }
  try {
    const failed = started.find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
    await join(nodes, buses)
  } catch (error) {
    await close()
    throw error
  }
  return { urls: nodes.map((node) => node.url), nodes, close, [Symbol.asyncDispose]: close }
}

async function join(nodes: readonly OwnServer[], buses: readonly number[]): Promise<void> {
  const urls = nodes.map((node) => new URL(node.url))
  for (const [index, url] of urls.entries()) {
    const from = Math.ceil((index * SLOTS) / MASTERS)
    const to = Math.ceil(((index + 1) * SLOTS) / MASTERS) - 1
    await redisCommands(url, [
      ['CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1)],
      ['CLUSTER', 'ADDSLOTSRANGE', String(from), String(to)],
    ])
  }
  const [first] = urls
  if (!first) return
  for (const [index, url] of urls.entries()) {
    if (index > 0)
      await redisCommands(url, [['CLUSTER', 'MEET', first.hostname, first.port, String(buses[0])]])
  }
  const deadline = performance.now() + READY_TIMEOUT_MS
  for (const url of urls) {
    while (!isWell(await redisCommands(url, [['CLUSTER', 'INFO']]))) {
      if (performance.now() > deadline)
        throw new Error(`The cluster is not well within ${READY_TIMEOUT_MS} ms.`)
      await sleep(READY_POLL_MS)
    }
  }
}

function isWell(information: string): boolean {
  return information.includes('cluster_state:ok') && information.includes(`cluster_known_nodes:${MASTERS}`)
}
