import { ongoing } from '@assent/contract'
import { type TestServer, testRedis } from '@assent/testkit/servers'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { connect, LEAVE, newTag, redisService } from '../../../test/redis-service.ts'
import { type Behaviour, endIsOne, type Schedulable, undoIsFinal } from '../../../test/schedules.ts'
import { type RedisScript, redisScript } from './business.ts'

const RUNS = 150

let server: TestServer
let clients: Awaited<ReturnType<typeof connect>>[]
beforeAll(async () => {
  server = await testRedis()
  clients = [await connect(server.url), await connect(server.url)]
})
afterAll(async () => {
  for (const client of clients) client.destroy()
  await server.close()
})

const WRITE = "write('RPUSH', KEYS[1], ARGV[1])"
const SCRIPTS: Readonly<Partial<Record<Behaviour, RedisScript>>> = {
  refused: redisScript(`${WRITE} refuse('NO')`),
  failing: redisScript(`${WRITE} error('failing')`),
}

function scheduled(): Schedulable {
  const tag = newTag()
  const processes = clients.map((client) =>
    redisService(client, (command) => client.sendCommand(command), tag),
  )
  const [first] = processes
  return {
    async happen({ process, behaviour }, call) {
      const { barrier, effectsKey } = processes[process]!
      const given = { keys: [effectsKey], values: [`${call.branchId} ${call.op}`] }
      const refusal = { code: 'NO' }
      if (behaviour === 'completed as refused') return barrier.complete(call, { outcome: 'refused', refusal })
      if (behaviour === 'completed') {
        return barrier.complete(call, { outcome: 'done' }, (redis) => redis.run(LEAVE, given))
      }
      return barrier.run(call, async (redis) => {
        if (behaviour === 'ongoing') return ongoing()
        if (behaviour === 'slow') await new Promise((resolve) => setImmediate(resolve))
        return redis.run(SCRIPTS[behaviour] ?? LEAVE, given)
      })
    },
    effects: () => first!.effects(),
  }
}

describe.each(['one after another', 'all at once'] as const)('whatever happens to a branch, %s', (order) => {
  it('an undo that was answered done leaves nothing behind, then and ever after', () =>
    undoIsFinal(scheduled(), order, RUNS))

  it('it is confirmed or cancelled or neither, and never both', () => endIsOne(scheduled(), order, RUNS))
})
