/**
 * As much of Kafka's protocol as it takes to see that a broker answers. A message is preceded by its length; what is
 * compact is preceded by its length plus one, as a number of seven bits a byte.
 */

const CLIENT = 'assent'
const API_VERSIONS_KEY = 18
const METADATA_KEY = 3
const LENGTH_BYTES = 4
/** The number of a request, which its answer repeats. */
const CORRELATION_BYTES = 4
/** How long the broker wants to be left in peace. */
const THROTTLE_BYTES = 4
/** A request's number, and its oldest and newest version. */
const REQUEST_BYTES = 6
const OLDEST_LEVEL_BYTES = 2
/** The field beside the others that lists the features. */
const FEATURES_TAG = 0
/** Of a byte, that another one follows. */
const MORE = 0x80

/** Version 3, which is the first to name the features. */
export const API_VERSIONS = request(API_VERSIONS_KEY, 3, [0, ...compact(CLIENT), ...compact('1'), 0])
/** Version 4, of no topic, and none is to be created. */
export const METADATA = request(METADATA_KEY, 4, [0, 0, 0, 0, 0])

function request(key: number, version: number, body: readonly number[]): Buffer {
  const header = Buffer.alloc(10)
  header.writeInt16BE(key, 0)
  header.writeInt16BE(version, 2)
  header.writeInt16BE(CLIENT.length, 8)
  const message = Buffer.concat([header, Buffer.from(CLIENT), Buffer.from(body)])
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeInt32BE(message.length)
  return Buffer.concat([length, message])
}

function compact(text: string): number[] {
  return [text.length + 1, ...Buffer.from(text)]
}

/** The answer that begins there, behind its length and the number of its request, once it is whole. */
export function frameAt(received: Buffer, at: number): { body: Buffer; end: number } | undefined {
  if (received.length < at + LENGTH_BYTES) return undefined
  const end = at + LENGTH_BYTES + received.readInt32BE(at)
  if (received.length < end) return undefined
  return { body: received.subarray(at + LENGTH_BYTES + CORRELATION_BYTES, end), end }
}

/** The newest level of each feature that the broker has. */
export function featuresIn(body: Buffer): Map<string, number> {
  const reader = new Reader(body)
  const error = reader.int16()
  if (error !== 0) throw new Error(`the broker answers with error ${error}`)
  for (let left = reader.varint() - 1; left > 0; left -= 1) {
    reader.skip(REQUEST_BYTES)
    reader.tags(() => {})
  }
  reader.skip(THROTTLE_BYTES)
  const features = new Map<string, number>()
  reader.tags((tag) => {
    if (tag !== FEATURES_TAG) return
    for (let left = reader.varint() - 1; left > 0; left -= 1) {
      const name = reader.text()
      reader.skip(OLDEST_LEVEL_BYTES)
      features.set(name, reader.int16())
      reader.tags(() => {})
    }
  })
  return features
}

/** How many brokers serve. */
export function brokersIn(body: Buffer): number {
  return body.readInt32BE(THROTTLE_BYTES)
}

class Reader {
  #at = 0
  readonly #buffer: Buffer

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  int16(): number {
    this.#at += 2
    return this.#buffer.readInt16BE(this.#at - 2)
  }

  varint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#buffer.readUInt8(this.#at)
      this.#at += 1
      value |= (byte & ~MORE) << shift
      if ((byte & MORE) === 0) return value
    }
  }

  text(): string {
    const size = this.varint() - 1
    this.#at += size
    return this.#buffer.toString('utf8', this.#at - size, this.#at)
  }

  skip(bytes: number): void {
    this.#at += bytes
  }

  /** Fields that a later version added beside the others: each is read, or passed over. */
  tags(read: (tag: number) => void): void {
    for (let left = this.varint(); left > 0; left -= 1) {
      const tag = this.varint()
      const size = this.varint()
      const end = this.#at + size
      read(tag)
      this.#at = end
    }
  }
}
