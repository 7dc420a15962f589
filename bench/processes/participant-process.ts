/**
 * The service that is called. It does nothing, so that what is measured is who calls it:
 * `/done` answers 200 {} at once, `/refused` 409, `/held` answers when it is told to, and `/later` asks to be
 * called again in an hour.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const EMPTY = '{}'
const EMPTY_HEADERS = { 'content-type': 'application/json', 'content-length': EMPTY.length }
const HOUR_SECONDS = '3600'

let holding = true
let held: ServerResponse[] = []

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => answer(request.url ?? '', response))
})

function answer(path: string, response: ServerResponse): void {
  if (path === '/refused') response.writeHead(409, EMPTY_HEADERS).end(EMPTY)
  else if (path === '/later') response.writeHead(503, { 'retry-after': HOUR_SECONDS }).end(EMPTY)
  else if (path === '/held' && holding) held.push(response)
  else response.writeHead(200, EMPTY_HEADERS).end(EMPTY)
}

process.on('message', (message) => {
  holding = message === 'hold'
  if (holding) return
  const released = held
  held = []
  for (const response of released) if (!response.destroyed) answer('/done', response)
})
process.on('disconnect', () => process.exit())

// Whoever keeps a connection decides how long, so that no call meets one that is just being closed.
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
