import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Admin } from '@platformatic/kafka'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findServer } from '../finding/find.ts'
import { SURROUNDINGS } from '../finding/surroundings.ts'
import { javaCommand } from '../kafka/java.ts'
import { KAFKA } from '../kafka/kafka.ts'
import { redisCommands } from '../redis/command.ts'
import { REDIS } from '../redis/redis.ts'
import { pullImage, startDocker } from './start-docker.ts'

/** Four Javas start one after the other. */
const BROKER_TIMEOUT_MS = 60_000

/**
 * Stands in for Docker, whose engine few build machines let one start: it keeps what it is told in a log, and runs the
 * command of the container, or the program `image`, as a process of its own, in a folder that is the container's volume.
 */
const STAND_IN = `#!/bin/sh
cd "$STAND_IN" || exit 1
echo "$*" >> log
act=$1; shift
for last; do :; done
begin() { (cd "$1" && exec env $(cat environment) $(cat command) >> output 2>&1) & echo $! > "$1/pid"; }
case $act in
  run)
    while case $1 in
      --name=*) name=\${1#*=} ;;
      --env=*) environment="$environment \${1#*=}" ;;
      --*) ;;
      *) false ;;
    esac; do shift; done
    shift
    mkdir "$name" && echo "$environment" > "$name/environment"
    echo "\${*:-$STAND_IN/image}" > "$name/command" && begin "$name" ;;
  start) begin "$1" ;;
  inspect) cat "$last/pid" ;;
  kill) kill -s "\${1#--signal=SIG}" "$(cat "$last/pid")" ;;
  pause) kill -s STOP "$(cat "$1/pid")" ;;
  unpause) kill -s CONT "$(cat "$1/pid")" ;;
  wait) while kill -0 "$(cat "$1/pid")" 2>/dev/null; do sleep 0.05; done ;;
  logs) cat "$last/output" ;;
  rm) kill -s KILL "$(cat "$last/pid")" 2>/dev/null; rm -rf "$last" ;;
esac
`

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assent-test-'))
  await writeFile(join(folder, 'docker'), STAND_IN)
  await chmod(join(folder, 'docker'), 0o755)
  vi.stubEnv('STAND_IN', folder)
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

async function told(): Promise<string> {
  return readFile(join(folder, 'log'), 'utf8')
}

describe('a server in a container', () => {
  it('is what there is where no binary is', async () => {
    const kind = { ...REDIS, program: 'no-such-program' }
    expect(await findServer(kind, SURROUNDINGS)).toEqual({ origin: 'Docker' })
  })

  it('has its image fetched before a test is waiting for it', async () => {
    await pullImage(REDIS)
    expect(await told()).toBe('pull --quiet redis:8\n')
  })
})

// The stand-in runs the commands of containers itself.
const hasBinary = (await SURROUNDINGS.binaryOf(REDIS)) !== undefined

describe.runIf(hasBinary)('a container, where there is a redis-server to stand in for its image', () => {
  it('is killed, started again with what it had, paused, and gone when closed', async () => {
    const server = await startDocker(REDIS, {})
    const url = new URL(server.url)
    expect(server).toMatchObject({ product: 'Redis', origin: 'Docker' })
    expect(await redisCommands(url, [['SET', 'note', 'kept']])).toBe('OK')
    const { pid } = server
    await server.kill()
    await expect(redisCommands(url, [['PING']])).rejects.toThrow()
    await server.start()
    expect(server.pid).not.toBe(pid)
    expect(await redisCommands(url, [['GET', 'note']])).toBe('kept')
    server.pause()
    server.resume()
    expect(await redisCommands(url, [['PING']])).toBe('PONG')
    server.pause()
    await server.close()
    await expect(redisCommands(url, [['PING']])).rejects.toThrow()
    expect(await told()).toMatch(`--publish=127.0.0.1:${url.port}:${url.port} redis:8 redis-server`)
  })

  it('that ends at once says what it wrote, and is removed', async () => {
    await expect(startDocker(REDIS, { settings: { nosuchsetting: '1' } })).rejects.toThrow(/nosuchsetting/)
    expect(await told()).toMatch(/rm --force --volumes assent-redis-\w+\n$/)
  })

  it('goes with the process that started it, however that ends', async () => {
    const source = `
      import { REDIS } from '${join(import.meta.dirname, '../redis/redis.ts')}'
      import { startDocker } from '${join(import.meta.dirname, 'start-docker.ts')}'
      console.log((await startDocker(REDIS, {})).url)
      await new Promise((resolve) => setTimeout(resolve, 60_000))`
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = await once(parent.stdout, 'data')
    expect(await redisCommands(new URL(said), [['PING']])).toBe('PONG')
    parent.kill('SIGKILL')
    await expect.poll(told, { timeout: 10_000 }).toMatch(/rm --force --volumes assent-redis-\w+\n$/)
    await expect.poll(() => redisCommands(new URL(said), [['PING']]).catch(() => 'gone')).toBe('gone')
  })
})

/**
 * What Kafka's public image does: it makes the variables of its environment a file, undoes how their names are spelled,
 * formats its volume once, and becomes the broker.
 */
const KAFKA_IMAGE = `#!/bin/sh -f
env | sed -n 's/^KAFKA_//p' | while IFS='=' read -r name value; do
  echo "$(echo "$name" | tr A-Z a-z | sed 's/___/-/g; s/__/@/g; s/_/./g; s/@/_/g')=$value"
done | sed "s#=/var/lib/kafka#=$PWD#" > properties
JAVA kafka.tools.StorageTool format --ignore-formatted --cluster-id=AAAAAAAAAAAAAAAAAAAAAQ --config=properties
exec JAVA kafka.Kafka properties
`

describe('a container with a broker', () => {
  it('is reached from outside, keeps its topics, and is set as it is told', {
    timeout: BROKER_TIMEOUT_MS,
  }, async () => {
    const found = await findServer(KAFKA, { ...SURROUNDINGS, dockerAnswers: async () => false })
    const java = javaCommand('binary' in found ? found.binary : '', folder).join(' ')
    await writeFile(join(folder, 'image'), KAFKA_IMAGE.replaceAll('JAVA', java))
    await chmod(join(folder, 'image'), 0o755)
    await using server = await startDocker(KAFKA, { settings: { 'auto.create.topics.enable': 'true' } })
    expect(server).toMatchObject({ product: 'Apache Kafka', origin: 'Docker' })
    const { host, port } = new URL(server.url)
    expect(await told()).toMatch(`--publish=127.0.0.1:${port}:${port}`)
    expect(await told()).toMatch('--env=KAFKA_AUTO_CREATE_TOPICS_ENABLE=true')
    await withAdmin(host, (admin) => admin.createTopics({ topics: ['notes'] }))
    await server.kill()
    await server.start()
    expect(await withAdmin(host, (admin) => admin.listTopics())).toEqual(['notes'])
  })
})

async function withAdmin<T>(broker: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [broker] })
  try {
    return await work(admin)
  } finally {
    await admin.close()
  }
}
