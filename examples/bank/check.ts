/**
 * Proves the example: both banks as processes, and between them one transfer that goes through, one that is
 * refused and undone, and one in tcc, called as a coordinator calls them.
 */
import { fork } from 'node:child_process'
import { on, once } from 'node:events'
import { join } from 'node:path'
import { audit, callBranch, temporaryFolder } from './test/bank-client.ts'

const STARTED_BY_MS = 10_000

const folder = temporaryFolder()
const flags = ['--data-dir', folder.path, '--north-port', '0', '--south-port', '0']
const banks = fork(join(import.meta.dirname, 'src/main.ts'), flags)
const urls = new Map<string, string>()
const signal = AbortSignal.timeout(STARTED_BY_MS)
for await (const [{ bank, url }] of on(banks, 'message', { signal })) {
  if (urls.set(bank, url).size === 2) break
}

let failures = 0
/** Makes a call of `gid` at one of the banks, and holds its answer against what it must be. */
async function step(
  gid: string,
  bank: string,
  path: string,
  account: string,
  expected: string,
): Promise<void> {
  const answered = await callBranch(urls.get(bank) ?? '', {
    gid,
    branchId: bank,
    path,
    order: { account, cents: 30_00 },
  })
  const got = `${answered.status} ${answered.case}`
  const verdict = got === expected ? 'ok' : `WRONG, not ${expected}`
  if (got !== expected) failures += 1
  console.log(`${gid}: ${bank} ${path} of ${account}: ${got} (${verdict})`)
}

await step('paid', 'north', 'withdraw/action', 'alice', '200 executed')
await step('paid', 'south', 'deposit/action', 'bob', '200 executed')
await step('refused', 'north', 'withdraw/action', 'alice', '200 executed')
await step('refused', 'south', 'deposit/action', 'dave', '409 refused')
await step('refused', 'south', 'deposit/compensate', 'dave', '200 empty')
await step('refused', 'north', 'withdraw/compensate', 'alice', '200 executed')
await step('held', 'north', 'withdraw/try', 'alice', '200 executed')
await step('held', 'south', 'deposit/try', 'bob', '200 executed')
await step('held', 'north', 'withdraw/confirm', 'alice', '200 executed')
await step('held', 'south', 'deposit/confirm', 'bob', '200 executed')

const audits = await Promise.all([...urls.values()].map(audit))
const balanceCents = audits.reduce((sum, { balance_cents }) => sum + balance_cents, 0)
const openedCents = audits.reduce((sum, { opened_cents }) => sum + opened_cents, 0)
const isSound = audits.every(
  ({ unbalanced, applied_twice, contradictory }) =>
    unbalanced.length + applied_twice.length + contradictory.length === 0,
)
if (balanceCents !== openedCents || !isSound) failures += 1
console.log(
  `the banks were opened with ${openedCents} cents and have ${balanceCents}; their ledgers ${isSound ? 'add up' : 'DO NOT ADD UP'}`,
)

banks.kill('SIGTERM')
await once(banks, 'exit')
folder.remove()
process.exitCode = failures > 0 ? 1 : 0
