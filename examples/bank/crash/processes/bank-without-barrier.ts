/**
 * A bank that does whatever it is called for, as often as it is called: the crash test must find that money is
 * made and lost. For its arguments see `../src/main.ts`.
 */
import { createServer } from 'node:http'
import type { DatabaseSync } from 'node:sqlite'
import { type Barrier, isRefused, type Json, sqliteBarrier } from 'assent/participant'
import { withFaults } from '../../src/faults.ts'
import { listenNear } from '../../src/listen.ts'
import { openDatabase } from '../../src/schema.ts'
import { bankService } from '../../src/service.ts'
import { helpText, readSettings } from '../../src/settings.ts'

const asked = readSettings(process.argv.slice(2), process.env)
if (asked.help) {
  console.log(helpText())
  process.exit()
}
const { name, host, port, file, synchronous, faults } = asked.settingsOf(asked.names[0] ?? 'north')
const database = openDatabase(file, synchronous)
const barrier = sqliteBarrier(database)

const unguarded: Barrier<DatabaseSync> = {
  run: async (_call, business) => {
    try {
      const result = (await barrier.transaction(business)) as Json
      return { case: 'executed', outcome: 'done', result }
    } catch (thrown) {
      if (!isRefused(thrown)) throw thrown
      const { code, message } = thrown
      return { case: 'refused', outcome: 'refused', refusal: { code, message } }
    }
  },
  complete: (call, completion, effect) => barrier.complete(call, completion, effect),
  transaction: (work) => barrier.transaction(work),
  page: (after, limit) => barrier.page(after, limit),
  forget: (gids, untouchedSince) => barrier.forget(gids, untouchedSince),
}

process.on('disconnect', () => process.exit())
await listenNear(createServer(bankService(name, database, withFaults(unguarded, faults))), host, port)
