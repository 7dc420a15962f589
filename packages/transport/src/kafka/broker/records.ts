import type { IncomingMessage, OutgoingMessage } from '@assent/contract'
import type { MessageToProduce, RecordsBatch } from '@platformatic/kafka'
import { Aborted, type AbortedTransaction, isControl } from './aborted.ts'

/** What one message takes beside its texts, roughly: offsets, lengths, a share of the batch. */
const OVERHEAD_BYTES = 64
/** Of a batch's attributes, that its times are those of the broker. */
const HAS_BROKER_TIME = 0x08

/** A message in the bytes that are sent. */
export function encode(message: OutgoingMessage, partition: number): MessageToProduce {
  const headers = Object.entries(message.headers ?? {})
  return {
    topic: message.topic,
    partition,
    key: Buffer.from(message.key),
    value: Buffer.from(message.value),
    headers: new Map(headers.map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
  }
}

export function sizeOf({ key, value, headers = {} }: OutgoingMessage): number {
  let bytes = OVERHEAD_BYTES + Buffer.byteLength(key) + Buffer.byteLength(value)
  for (const [name, text] of Object.entries(headers))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(text)
  return bytes
}

/** What was fetched from one partition: its messages from an offset on that count, and where to read next. */
export function decode(
  topic: string,
  partition: number,
  batches: readonly RecordsBatch[],
  from: bigint,
  aborted: readonly AbortedTransaction[] = [],
): { messages: IncomingMessage[]; next: bigint } {
  const messages: IncomingMessage[] = []
  const ofAborted = new Aborted(aborted)
  let next = from
  for (const batch of batches) {
    const end = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
    if (end > next) next = end
    if (ofAborted.has(batch) || isControl(batch)) continue
    for (const record of batch.records) {
      const offset = batch.firstOffset + BigInt(record.offsetDelta)
      // A batch comes whole, also when it is asked for from its middle on.
      if (offset < from) continue
      const sent = batch.firstTimestamp + record.timestampDelta
      messages.push({
        topic,
        partition,
        offset,
        key: record.key?.toString() ?? '',
        value: record.value?.toString() ?? '',
        headers: headersOf(record.headers),
        timestamp: Number((batch.attributes & HAS_BROKER_TIME) !== 0 ? batch.maxTimestamp : sent),
      })
    }
  }
  return { messages, next }
}

function headersOf(pairs: RecordsBatch['records'][number]['headers']): Record<string, string> {
  return Object.fromEntries(
    pairs.map(([name, text]) => [(name?.toString() ?? '').toLowerCase(), text?.toString() ?? '']),
  )
}
