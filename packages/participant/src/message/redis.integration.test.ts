import { type TestServer, testRedis } from '@assent/testkit/servers'
import { createClient } from 'redis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { redisBarrier } from '../barrier/redis/barrier.ts'
import { type RedisBusiness, redisScript } from '../barrier/redis/business.ts'
import { answerQuery, MessageAborted, queryOf, runLocalPart } from './message.ts'

const TAG = `message-${process.pid}`
const ORDERS = `{${TAG}}:orders`
const PLACE = redisScript(`
  write('INCR', KEYS[1])
  return { placed = true }`)

let server: TestServer
let client: ReturnType<typeof createClient>
beforeAll(async () => {
  server = await testRedis()
  client = createClient({ url: server.url })
  await client.connect()
})
afterAll(async () => {
  await client.del(ORDERS)
  await client.close()
  await server.close()
})

it('a message whose local part is a Redis script is sent where that ran, and given up where the query came first', async () => {
  const barrier = redisBarrier(client, { tag: TAG })
  const place = (gid: string) =>
    runLocalPart(barrier, gid, (redis: RedisBusiness) => redis.run(PLACE, { keys: [ORDERS] }))
  expect(await place('order-17')).toEqual({ case: 'executed', outcome: 'done', result: { placed: true } })
  expect(await place('order-17')).toMatchObject({ case: 'duplicate', result: { placed: true } })
  expect(await answerQuery(barrier, 'order-17')).toMatchObject({ outcome: 'done' })
  await expect(queryOf(barrier)({ gid: 'order-18' })).rejects.toMatchObject({ code: 'MESSAGE_ABORTED' })
  await expect(place('order-18')).rejects.toBeInstanceOf(MessageAborted)
  expect(await client.get(ORDERS)).toBe('1')
})
