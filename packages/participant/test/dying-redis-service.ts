/**
 * A service that makes one call after another, several at a time, until it is killed:
 *
 *     node dying-redis-service.ts URL TAG
 */
import { callOf } from './accounts.ts'
import { connect, redisService } from './redis-service.ts'

/** Calls that are under way at any moment. */
const AT_ONCE = 16

const [url = '', tag = ''] = process.argv.slice(2)
const client = await connect(url)
const { barrier, leave } = redisService(client, (command) => client.sendCommand(command), tag)
let number = 0
const work = async () => {
  for (;;) {
    number += 1
    const gid = `transfer-${number}`
    await barrier.run(callOf('action', '01', gid), (redis) => leave(redis, gid))
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, work))
