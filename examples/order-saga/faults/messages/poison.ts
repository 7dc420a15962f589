import type { Broker } from 'assent'
import { sendSurely } from './copies.ts'

/** What no service can read. */
const UNREADABLE = ['', '{"id":', '[]', '{"command_type":7}', 'ProcessPayment']

/** Sends unreadable messages to these topics, and answers with their values: each must be put aside with its reason. */
export async function sendPoison(broker: Broker, topics: readonly string[]): Promise<readonly string[]> {
  for (const topic of topics) {
    await sendSurely(
      broker,
      UNREADABLE.map((value, index) => ({ topic, key: `poison-${index}`, value })),
    )
  }
  return UNREADABLE
}
