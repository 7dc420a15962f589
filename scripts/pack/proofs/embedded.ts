/** A stranger's first program: a coordinator in the process, on the embedded store with its worker. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LocalFunction, local, openCoordinator, sqlite, systemClock } from 'assent/embedded'

const directory = mkdtempSync(join(tmpdir(), 'assent-proof-'))
{
  const functions = new Map<string, LocalFunction>([
    ['bank/debit', () => ({ left: 70 })],
    ['bank/credit', () => undefined],
  ])
  await using assent = await openCoordinator({
    store: sqlite({ directory }),
    transports: [local(functions, { clock: systemClock })],
  })
  const ended = await assent.run({
    branches: [
      { branchId: 'debit', action: 'local:bank/debit' },
      { branchId: 'credit', action: 'local:bank/credit', after: ['debit'] },
    ],
    waitMs: 10_000,
  })
  if (ended.status !== 'COMMITTED') throw new Error(`it ended ${ended.status}`)
  if (JSON.stringify(ended.results) !== '{"debit":{"left":70}}')
    throw new Error(JSON.stringify(ended.results))
}
rmSync(directory, { recursive: true })
