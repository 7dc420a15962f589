import { converse, dial } from '../conversation.ts'
import type { Greeting } from '../kind.ts'
import { API_VERSIONS, brokersIn, featuresIn, frameAt, METADATA } from './wire.ts'

const DEFAULT_PORT = 9092
/** Up to which level of `metadata.version` each line of releases goes, which is all that a broker says of its version. */
const NEWEST_LEVELS: readonly (readonly [level: number, line: string])[] = [
  [7, '3.3'],
  [8, '3.4'],
  [11, '3.5'],
  [14, '3.6'],
  [19, '3.7'],
  [20, '3.8'],
  [21, '3.9'],
  [25, '4.0'],
  [27, '4.1'],
  [29, '4.2'],
  [30, '4.3'],
]

/** Refused until the broker counts itself among those that serve. */
export function greet(url: URL): Promise<Greeting> {
  return converse(dial(url, DEFAULT_PORT), Buffer.concat([API_VERSIONS, METADATA]), (received) => {
    const features = frameAt(received, 0)
    const metadata = features && frameAt(received, features.end)
    if (!features || !metadata) return undefined
    if (brokersIn(metadata.body) === 0) throw new Error('no broker serves yet')
    return { product: 'Apache Kafka', version: lineOf(featuresIn(features.body).get('metadata.version')) }
  })
}

/** A broker of some other making says no level. */
export function lineOf(level: number | undefined): string {
  if (level === undefined) return 'of unknown version'
  const line = NEWEST_LEVELS.find(([newest]) => level <= newest)?.[1]
  return line ?? `newer than ${NEWEST_LEVELS.at(-1)?.[1]}`
}
