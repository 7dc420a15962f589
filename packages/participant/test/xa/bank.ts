/**
 * A bank in mode xa that is killed, or waits, at a moment that its parent names:
 *
 *     node bank.ts LIBRARY URL PORT
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Refused } from '@assent/contract'
import { nodeHandler } from '../../src/http/node-handler.ts'
import { xaParticipant } from '../../src/xa/participant.ts'
import { XA_LIBRARIES, type XaLibrary } from './libraries.ts'
import { MomentWatch } from './moments.ts'
import { XA_SERVICE, type XaOperation } from './service.ts'

/** `tell`: says that it is there, and waits until it may go on. */
export interface Arm {
  arm: { op: XaOperation; moment: string; how: 'die' | 'tell' }
}
export interface GoOn {
  goOn: true
}
export type BankSays = { port: number } | { armed: true } | { reached: true }

const LIMIT_CENTS = 1_000

const [name = '', url = '', port = ''] = process.argv.slice(2)
const library = XA_LIBRARIES.find((each) => each.name === name)
if (library === undefined) throw new Error(`no library is called ${name}`)

const moments = new MomentWatch()
let goOn = () => {}
process.on('message', (message: Arm | GoOn) => {
  if ('goOn' in message) return goOn()
  const { op, moment, how } = message.arm
  moments.arm(op, moment, () => (how === 'die' ? void process.kill(process.pid, 'SIGKILL') : tellAndWait()))
  say({ armed: true })
})
process.on('disconnect', () => process.exit())

function tellAndWait(): Promise<void> {
  say({ reached: true })
  return new Promise((resolve) => {
    goOn = resolve
  })
}

function say(what: BankSays): void {
  process.send?.(what)
}

const bank = (library as XaLibrary<unknown>).open(url, XA_SERVICE, moments.watch)
await bank.resource.check()
const handle = nodeHandler({
  ...xaParticipant(bank.resource, async ({ payload, database }) => {
    const cents = Number(payload)
    if (cents > LIMIT_CENTS) throw new Refused('LIMIT', 'it is more than this bank moves')
    await bank.run(database, `UPDATE accounts SET cents = cents + ${cents}`)
    return { moved: cents }
  }),
  onError: () => {},
})
const server = createServer((request, response) => {
  moments.begin(String(request.headers['assent-op']))
  void handle(request, response)
})
server.listen(Number(port), '127.0.0.1', () => say({ port: (server.address() as AddressInfo).port }))
