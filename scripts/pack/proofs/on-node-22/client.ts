/** An application and its steps on Node 22, with a server of another Node, whose address is in the environment. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { connect, saga, unchecked } from '@assent/client'
import { isAssentError } from '@assent/contract'
import { nodeHandler, Refused, sqliteBarrier } from '@assent/participant'

assert.match(process.version, /^v22\./)
const { PROOF_SERVER_URL = '' } = process.env

const bank = new DatabaseSync(':memory:')
bank.exec('CREATE TABLE accounts (name TEXT PRIMARY KEY, cents INTEGER NOT NULL)')
bank.exec(`INSERT INTO accounts VALUES ('alice', 100), ('bob', 0)`)
const barrier = sqliteBarrier(bank)
const centsOf = (name: string) => bank.prepare('SELECT cents FROM accounts WHERE name = ?').get(name)?.cents
const add = (database: DatabaseSync, name: string, cents: number) =>
  database.prepare('UPDATE accounts SET cents = cents + ? WHERE name = ?').run(cents, name)

const transfer = saga('transfer', { version: 1, input: unchecked<{ to: string; cents: number }>() })
  .step('withdraw', {
    barrier,
    action: ({ input, database }) => {
      add(database, 'alice', -input.cents)
      return { withdrawn: input.cents }
    },
    compensate: ({ input, database }) => {
      add(database, 'alice', input.cents)
    },
  })
  .step('deposit', {
    barrier,
    action: ({ input, results, database }) => {
      if (centsOf(input.to) === undefined) throw new Refused('NO_ACCOUNT')
      add(database, input.to, results.withdraw.withdrawn)
    },
  })

const listener = createServer((request, response) => handle(request, response)).listen(0, '127.0.0.1')
await once(listener, 'listening')
const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/bank`
const assent = connect({ url: PROOF_SERVER_URL, serve: { definitions: [transfer], url } })
const handle = nodeHandler(assent.handler)

const committed = await assent.run(transfer, { to: 'bob', cents: 30 })
assert.equal(committed.status, 'COMMITTED')
assert.deepEqual(committed.status === 'COMMITTED' && committed.results.withdraw, { withdrawn: 30 })

const aborted = await assent.run(transfer, { to: 'nobody', cents: 30 })
assert.equal(aborted.status === 'ABORTED' && aborted.refusal.code, 'NO_ACCOUNT')
assert.deepEqual([centsOf('alice'), centsOf('bob')], [70, 30])

// The same call once more, as it comes when its answer got lost.
const repeated = await fetch(`${url}/transfer/1/withdraw`, {
  method: 'POST',
  headers: {
    'assent-gid': committed.gid,
    'assent-branch-id': 'withdraw',
    'assent-op': 'action',
    'assent-mode': 'saga',
    'assent-phase': 'one',
    'assent-attempt': '2',
  },
  body: JSON.stringify({ payload: { to: 'bob', cents: 30 } }),
})
assert.deepEqual([repeated.status, await repeated.json()], [200, { withdrawn: 30 }])
assert.equal(centsOf('alice'), 70)

await assert.rejects(assent.transactions.get({ gid: 'unheard-of' }), (error) => {
  return isAssentError(error) && error.code === 'TRANSACTION_NOT_FOUND'
})

await assent.close()
listener.close()
listener.closeAllConnections()
