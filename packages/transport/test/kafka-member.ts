/**
 * A member of a group in a process of its own, which a test kills or stops in its tracks:
 *
 *     node kafka-member.ts BROKERS TOPIC GROUP SESSION-MS
 *
 * It writes `given PARTITION/OFFSET` and, when the message is dealt with, `handled PARTITION/OFFSET`; a message with the
 * value `hang` is never dealt with. Closes when its standard input ends, writes `closed`, and has nothing left to do.
 */
import { kafkaBroker } from '../src/kafka/broker/index.ts'

const [brokers = '', topic = '', group = '', sessionMs = ''] = process.argv.slice(2)
const broker = kafkaBroker({ brokers, sessionTimeoutMs: Number(sessionMs) })
await broker.subscribe({
  topics: [topic],
  group,
  async handle({ partition, offset, value }) {
    console.log(`given ${partition}/${offset}`)
    if (value === 'hang') await new Promise(() => {})
    console.log(`handled ${partition}/${offset}`)
  },
})
process.stdin.resume().once('end', async () => {
  await broker.close()
  console.log('closed')
})
