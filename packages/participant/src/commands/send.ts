import { type Broker, MessageInvalid, type OutgoingMessage } from '@assent/contract'

/** What sends, of a broker, and says whether it is there. */
export type Sender = Pick<Broker, 'send' | 'ping'>

/**
 * Resolves when the broker keeps the reply, or what is left of it where it is too large. Throws BrokerUnavailable, and
 * MessageInvalid where no form of it can be sent.
 */
export async function sendReply(
  broker: Sender,
  reply: OutgoingMessage,
  shorter: () => OutgoingMessage,
): Promise<void> {
  try {
    await sendHome(broker, reply)
  } catch (thrown) {
    if (!(thrown instanceof MessageInvalid)) throw thrown
    await sendHome(broker, shorter())
  }
}

/** To the partition that the caller reads; where that is not to be had, to any: whoever reads it hands it on. */
async function sendHome(broker: Sender, reply: OutgoingMessage): Promise<void> {
  const { partition, ...anywhere } = reply
  if (partition === undefined) return broker.send([reply])
  try {
    await broker.send([reply])
  } catch {
    await broker.send([anywhere])
  }
}
