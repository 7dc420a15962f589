import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { end, launch } from '../../processes/launch.ts'
import { freePort, temporaryDirectory } from '../../processes/server.ts'
import { pathOf, versionOf } from '../processes/installed.ts'
import { startProgram } from '../processes/program.ts'
import { orderFor } from '../services/order.ts'
import type { RunningSide, Side } from './side.ts'

/** What it has unless told otherwise. */
const DEFAULT_PARTITIONS = 24
const FEW_PARTITIONS = cpus().length

const binary = (): string =>
  pathOf(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`)

export const restate: Side = withPartitions('restate', DEFAULT_PARTITIONS)

/** Each partition is a log of its own with syncs of its own: on few cores, fewer are faster. */
export const restateWithFewPartitions: Side = withPartitions('restate-few', FEW_PARTITIONS)

function withPartitions(id: string, partitions: number): Side {
  return {
    id,
    name: `Restate, ${partitions} partitions`,
    against: 'Assent on SQLite',
    missing: () => (existsSync(binary()) ? undefined : 'no binary of it is published for this platform'),
    start: () => startRestate(partitions),
  }
}

async function startRestate(partitions: number): Promise<RunningSide> {
  await using started = new AsyncDisposableStack()
  const directory = started.use(temporaryDirectory())
  const file = new URL('../services/restate-service.ts', import.meta.url)
  // Its lines for each invocation, and those of the server, would only be written to be thrown away.
  const { child, ready } = await launch<{ port: number }>(file, [], { RESTATE_LOGGING: 'ERROR' })
  started.defer(() => end(child))
  const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()]
  const server = started.use(
    await startProgram(binary(), {
      directory: directory.path,
      args: ['--no-logo', '--base-dir', join(directory.path, 'data')],
      environment: {
        RESTATE_DEFAULT_NUM_PARTITIONS: String(partitions),
        RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
        RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
        RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
        RESTATE_LOG_FILTER: 'warn',
        RESTATE_DISABLE_TELEMETRY: 'true',
      },
      logFile: join(directory.path, 'restate.log'),
      readyUrl: `http://127.0.0.1:${admin}/health`,
    }),
  )
  await register(`http://127.0.0.1:${admin}`, `http://127.0.0.1:${ready.port}`)
  const running = started.move()
  return {
    settings: settings(partitions),
    processes: { server: server.pid, service: child.pid ?? 0 },
    ask: (work, participant) => ({
      url: `http://127.0.0.1:${ingress}/sagas/run`,
      body: orderFor(work, participant),
      ...(work.ends === 'COMMITTED' ? { status: 200, says: 'COMMITTED' } : { status: 409, says: 'refused' }),
    }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function register(admin: string, uri: string): Promise<void> {
  const answer = await fetch(`${admin}/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri }),
  })
  if (!answer.ok) throw new Error(`Restate did not take the service: ${await answer.text()}`)
}

function settings(partitions: number): string[] {
  const versions = `server ${versionOf('@restatedev/restate-server')}, SDK ${versionOf('@restatedev/restate-sdk')}`
  const own = `Restate, ${partitions} partitions${partitions === DEFAULT_PARTITIONS ? ' (its default)' : ''}: ${versions}; one node with all roles, logs from WARN on, telemetry off, else its defaults.`
  if (partitions !== DEFAULT_PARTITIONS) return [own]
  return [
    own,
    'What Restate keeps: each partition appends to its replicated log (here one copy), whose RocksDB syncs its write-ahead log to disk (`fdatasync`) before a record counts as appended (`rocksdb-disable-wal-fsync = false`, its default). The state that it makes of the log is not synced; it is made again from the log.',
    'The service of Restate is a process of its own with the SDK over HTTP/2, both directions at once (its default). A step is `ctx.run`; a refusal is a `TerminalError`. It is called through the ingress without an idempotency key: a request that is sent again would run again, which Assent (`gid`) and DBOS (workflow id) prevent. With one, its rate was about half in trial runs.',
  ]
}
