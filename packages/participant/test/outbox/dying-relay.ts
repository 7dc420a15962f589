/**
 * A relay that is killed when the broker has what it sent, and before it could say so in the outbox:
 *
 *     node dying-relay.ts LIBRARY URL
 *
 * What it has sent stands in its output.
 */
import { writeSync } from 'node:fs'
import { relayOutbox } from '../../src/outbox/relay.ts'
import { DRIVERS } from '../sql/libraries.ts'
import type { Library } from '../sql/library.ts'

const STDOUT = 1

const [name = '', url = ''] = process.argv.slice(2)
const library = DRIVERS.find((each) => each.name === name)
if (library === undefined) throw new Error(`no library is called ${name}`)
const { database } = await (library as Library<unknown>).open(url, 1)
relayOutbox({
  database,
  broker: {
    send: async (messages) => {
      writeSync(STDOUT, JSON.stringify(messages.map(({ value }) => JSON.parse(value))))
      process.kill(process.pid, 'SIGKILL')
    },
  },
})
