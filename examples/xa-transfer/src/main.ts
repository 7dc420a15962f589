/**
 * Moves money from a bank on PostgreSQL to one on MariaDB, and is refused once. The databases are those of
 * ASSENT_TEST_POSTGRES_URL and ASSENT_TEST_MYSQL_URL, or are started here and gone afterwards.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { testMariadb, testPostgres } from '@assent/testkit/servers'
import { open } from 'assent'
import { statusesOf, sweepXa } from 'assent/participant'
import { memory } from 'assent/store/memory'
import mariadb from 'mariadb'
import { Pool } from 'pg'
import { giroBank } from './giro-bank.ts'
import { savingsBank } from './savings-bank.ts'
import { transferBetween } from './transfer.ts'

const SWEPT_EVERY_MS = 60_000

await using postgres = await testPostgres()
await using maria = await testMariadb()
const pgPool = new Pool({ connectionString: postgres.url })
const mariaPool = mariadb.createPool(maria.url.replace(/^mysql:/, 'mariadb:'))

const savings = await savingsBank(pgPool)
const giro = await giroBank(mariaPool)
await pgPool.query(
  "INSERT INTO savings VALUES ('ann', 10000) ON CONFLICT (account) DO UPDATE SET cents = 10000",
)
await mariaPool.query("REPLACE INTO giro VALUES ('bob', 0)")
const transfer = transferBetween(await listen(savings.server), await listen(giro.server))

// In earnest a store that survives: sqlite('data/assent.db'), or a server beside both banks.
const assent = await open({ store: memory(), definitions: [transfer] })
const sweeping = setInterval(() => void sweep(), SWEPT_EVERY_MS)

for (const input of [
  { from: 'ann', to: 'bob', cents: 3_000 },
  { from: 'ann', to: 'bob', cents: 30_000 },
  { from: 'ann', to: 'nobody', cents: 1_000 },
]) {
  const ended = await assent.run(transfer, input, { timeoutMs: 30_000 })
  const why = ended.status === 'ABORTED' ? `: ${ended.failedBranch} ${ended.refusal?.code}` : ''
  console.log(`${input.cents} cents from ${input.from} to ${input.to}: ${ended.status}${why}`)
}

await sweep()
const [ann] = (await pgPool.query("SELECT cents FROM savings WHERE account = 'ann'")).rows
const [bob] = await mariaPool.query("SELECT cents FROM giro WHERE account = 'bob'")
const inDoubt = [...(await savings.resource.inDoubt()), ...(await giro.resource.inDoubt())]
console.log(`ann has ${ann.cents} cents, bob ${bob.cents}; ${inDoubt.length} branches are in doubt`)

clearInterval(sweeping)
await assent.close()
for (const { server } of [savings, giro]) server.close().closeAllConnections()
await pgPool.end()
await mariaPool.end()

/** Each bank ends what its transactions have decided, and says what nobody knows. */
async function sweep(): Promise<void> {
  for (const { resource } of [savings, giro]) {
    const { unknown, failed } = await sweepXa(resource, { statuses: statusesOf(assent.transactions) })
    for (const { gid, branchId } of unknown)
      console.warn(`nobody knows ${gid}, whose ${branchId} is in doubt`)
    for (const { branch, error } of failed) console.warn(`${branch.gid} could not be ended:`, error)
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/transfer`
}
