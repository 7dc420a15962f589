/** Proves the example: an order in an empty folder is sent, and one of too many lamps is not. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'assent-order-'))

function order(id: string, quantity: string, expected: string): void {
  const program = join(import.meta.dirname, 'src/embedded.ts')
  const { stdout } = spawnSync(process.execPath, [program, id, quantity], { cwd: folder, encoding: 'utf8' })
  const isRight = stdout === `${expected}\n`
  if (!isRight) process.exitCode = 1
  console.log(`order ${id} of ${quantity}: ${stdout.trim()} (${isRight ? 'ok' : `WRONG, not ${expected}`})`)
}

order('17', '2', 'parcel 1')
order('17', '2', 'parcel 1')
order('19', '200', 'reserve OUT_OF_STOCK')
order('20', '30', 'charge CARD_DECLINED')
rmSync(folder, { recursive: true })
