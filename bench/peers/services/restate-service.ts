/**
 * The service of Restate, which calls it for each saga: steps as `ctx.run`, their undos listed before them, and run
 * in reverse when one is refused, as Restate's guide to sagas has it.
 */
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { type Context, createEndpointHandler, service, TerminalError } from '@restatedev/restate-sdk'
import type { Payload } from '../works.ts'
import { call } from './call.ts'
import type { Order } from './order.ts'

const REFUSED = 409

async function take(url: string | undefined, payload: Payload | undefined): Promise<void> {
  const status = await call(url, payload)
  if (status === REFUSED) throw new TerminalError('refused', { errorCode: REFUSED })
}

const sagas = service({
  name: 'sagas',
  handlers: {
    async run(context: Context, { steps }: Order): Promise<string> {
      const undos: (() => Promise<void>)[] = []
      try {
        for (const [place, { action, compensate, payload }] of steps.entries()) {
          if (compensate !== undefined) {
            undos.push(async () => context.run(`undo ${place}`, () => take(compensate, payload)))
          }
          await context.run(`step ${place}`, () => take(action, payload))
        }
      } catch (error) {
        // Anything else is for Restate, which runs the handler again.
        if (!(error instanceof TerminalError)) throw error
        for (const undo of undos.reverse()) await undo()
        throw error
      }
      return 'COMMITTED'
    },
  },
})

const server = createServer(createEndpointHandler({ services: [sagas] }))
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit())
