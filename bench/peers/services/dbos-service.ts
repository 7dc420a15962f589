/**
 * A service with DBOS in it: a route that starts a workflow for each saga and answers with how it ended. The undos
 * of steps are listed before them, and run in reverse when one is refused; what fails otherwise is tried again.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DBOS } from '@dbos-inc/dbos-sdk'
import type { Payload } from '../works.ts'
import { call } from './call.ts'
import type { Order } from './order.ts'

const REFUSED = 409

/** A refusal is a result of the step, so that it is the same when the workflow runs again. */
async function isTaken(
  name: string,
  url: string | undefined,
  payload: Payload | undefined,
): Promise<boolean> {
  const status = await DBOS.runStep(() => call(url, payload), { name, retriesAllowed: true })
  return status !== REFUSED
}

async function saga({ steps }: Order): Promise<string> {
  const undos: (() => Promise<boolean>)[] = []
  for (const [place, { action, compensate, payload }] of steps.entries()) {
    if (compensate !== undefined) undos.push(() => isTaken(`undo ${place}`, compensate, payload))
    if (await isTaken(`step ${place}`, action, payload)) continue
    for (const undo of undos.reverse()) await undo()
    return 'ABORTED'
  }
  return 'COMMITTED'
}

const [systemDatabaseUrl = '', poolSize = ''] = process.argv.slice(2)
const workflow = DBOS.registerWorkflow(saga, { name: 'saga' })
DBOS.setConfig({
  name: 'peers',
  systemDatabaseUrl,
  systemDatabasePoolSize: Number(poolSize),
  logLevel: 'error',
})
await DBOS.launch()

async function answer(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const order: Order = JSON.parse(Buffer.concat(chunks).toString())
  const handle = await DBOS.startWorkflow(workflow, { workflowID: order.id })(order)
  return JSON.stringify({ status: await handle.getResult() })
}

const server = createServer((request, response) => {
  answer(request).then(
    (text) => response.writeHead(200, { 'content-type': 'application/json' }).end(text),
    (error) => response.writeHead(500).end(String(error)),
  )
})
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit())
