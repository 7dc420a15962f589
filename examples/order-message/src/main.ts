/**
 * Runs both services, kills the order service amid its orders, again and again, and holds its books against the
 * shelves of the stock service: what is ordered is taken out, once, and nothing else is.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBooks } from './orders.ts'
import { OPENED_WITH, startStock } from './stock.ts'

const SHIFTS = 4
/** More than a shift gets done before it is killed, and what the last one does. */
const ORDERS_MAX = 100
const LAST_ORDERS = 5
/** A shift is killed so long after one of its orders at most: anywhere in the next one. */
const KILLED_WITHIN_MS = 8

const folder = mkdtempSync(join(tmpdir(), 'assent-orders-'))
const stock = await startStock(folder)

for (let shift = 1; shift <= SHIFTS; shift += 1) {
  const isLast = shift === SHIFTS
  const count = isLast ? LAST_ORDERS : ORDERS_MAX
  const service = fork(join(import.meta.dirname, 'take-orders.ts'), [
    folder,
    stock.url,
    `shift-${shift}`,
    String(count),
  ])
  const exited = once(service, 'exit')
  if (!isLast) {
    for (let placed = 0; placed < shift; placed += 1) await Promise.race([once(service, 'message'), exited])
    setTimeout(() => service.kill('SIGKILL'), Math.random() * KILLED_WITHIN_MS)
  }
  const [code, signal] = await exited
  console.log(`shift ${shift}: ${signal === null ? `ended with ${code}` : `killed with ${signal}`}`)
  if (isLast && code !== 0) process.exitCode = 1
}

const books = openBooks(folder)
const ordered = books.prepare('SELECT count(*) AS orders, sum(quantity) AS items FROM orders').get()
books.close()
const taken = OPENED_WITH - stock.items()
stock.close()
rmSync(folder, { recursive: true })
console.log(
  `the books hold ${ordered?.orders} orders of ${ordered?.items} chairs; ${taken} chairs left the shelves`,
)
if (ordered?.items !== taken) process.exitCode = 1
