/**
 * The service that every side calls, as `/first/ID`. It answers at once, 409 to what it is to refuse, and counts
 * what it was asked by whom, so that nothing is lost unseen.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const EMPTY = '{}'
const EMPTY_HEADERS = { 'content-type': 'application/json', 'content-length': EMPTY.length }

let seen = new Map<string, { calls: number; sagas: Set<string> }>()

const server = createServer((request, response) => {
  const [, call = '', id = ''] = (request.url ?? '').split(/[/?]/, 3)
  request.resume()
  request.on('end', () => {
    count(call, id)
    response.writeHead(call === 'refused' ? 409 : 200, EMPTY_HEADERS).end(EMPTY)
  })
})

function count(call: string, id: string): void {
  const found = seen.get(call) ?? { calls: 0, sagas: new Set() }
  found.calls += 1
  found.sagas.add(id)
  seen.set(call, found)
}

/** Any message asks for what was counted since the one before. */
process.on('message', () => {
  const tally = [...seen].map(([call, { calls, sagas }]) => [call, { calls, sagas: sagas.size }])
  seen = new Map()
  process.send?.(Object.fromEntries(tally))
})
process.on('disconnect', () => process.exit())

// Whoever keeps a connection decides how long, so that no call meets one that is just being closed.
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
