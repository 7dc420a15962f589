import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type OwnServer, startRedis } from '@assent/testkit/servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callOf } from '../../../test/accounts.ts'
import { connect, newTag, redisService } from '../../../test/redis-service.ts'

const DYING_SERVICE = fileURLToPath(new URL('../../../test/dying-redis-service.ts', import.meta.url))
const CALLS_BEFORE_DEATH = 500

let server: OwnServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.close())

/** Lets a service make calls until there are many, and ends `victim` amid them. */
async function dieAmidCalls(tag: string, victim: 'service' | 'server'): Promise<void> {
  const service = spawn(process.execPath, [DYING_SERVICE, server.url, tag], { stdio: 'ignore' })
  const gone = once(service, 'exit')
  const watcher = await connect(server.url)
  const { effectsKey } = redisService(watcher, (command) => watcher.sendCommand(command), tag)
  await expect
    .poll(() => watcher.lLen(effectsKey), { timeout: 20_000, interval: 5 })
    .toBeGreaterThan(CALLS_BEFORE_DEATH)
  watcher.destroy()
  if (victim === 'server') await server.kill()
  service.kill('SIGKILL')
  await gone
  if (victim === 'server') await server.start()
}

describe.each(['service', 'server'] as const)('a %s that is killed amid calls', (victim) => {
  it('has done each of them with its answer, or has not done it', async () => {
    const tag = newTag()
    await dieAmidCalls(tag, victim)
    const client = await connect(server.url)
    const service = redisService(client, (command) => client.sendCommand(command), tag)

    const before = await service.effects()
    expect(before.length).toBeGreaterThan(CALLS_BEFORE_DEATH)
    expect(new Set(before).size).toBe(before.length)
    const gids = Array.from({ length: before.length + 50 }, (_, index) => `transfer-${index + 1}`)
    const answers = await Promise.all(
      gids.map((gid) =>
        service.barrier.run(callOf('action', '01', gid), (redis) => service.leave(redis, gid)),
      ),
    )
    const done = gids.filter((_, place) => answers[place]?.case === 'duplicate')
    expect(done.toSorted()).toEqual(before.toSorted())
    expect((await service.effects()).toSorted()).toEqual(gids.toSorted())
    expect(await service.barrier.page('', gids.length + 1)).toHaveLength(gids.length)
    client.destroy()
  })
})
