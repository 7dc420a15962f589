import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { happening, type OutboxService, startOutboxService } from '../../test/outbox/service.ts'
import { MARIADB, PG } from '../../test/sql/libraries.ts'
import type { Library } from '../../test/sql/library.ts'
import { XA_MARIADB, XA_PG, type XaLibrary } from '../../test/xa/libraries.ts'
import { startXaService, type XaService } from '../../test/xa/service.ts'
import { outbox } from './outbox.ts'
import { relayOutbox } from './relay.ts'
import { createOutbox } from './table.ts'

const SOON = { timeout: 20_000, interval: 10 }

const PAIRS = [
  [XA_PG, PG],
  [XA_MARIADB, MARIADB],
] as unknown as readonly [XaLibrary<unknown>, Library<unknown>][]

for (const [xa, library] of PAIRS) {
  describe(`an event that is added in mode xa, by ${xa.name}`, () => {
    let prepared: XaService<unknown>
    let outside: OutboxService<unknown>
    beforeAll(async () => {
      prepared = await startXaService(xa)
      // For its broker.
      outside = await startOutboxService(library)
    })
    afterAll(async () => {
      await outside.close()
      await prepared.close()
    })

    it('is sent once its transaction is committed, and holds its key until then', async () => {
      const pool = await library.open(prepared.database.url, 4)
      await createOutbox(pool.database)
      const silent = outbox(xa.dialect, { wakes: false })
      const steps: string[] = []
      await prepared.one.prepare((connection) => silent.add(connection, happening('a', 'prepared')))
      const later = pool.bare?.(async (transaction) => {
        await silent.add(transaction, happening('a', 'later'))
        steps.push('the later one is in')
      })
      const { broker } = outside
      const relay = relayOutbox({ database: pool.database, broker, pollIntervalMs: 5 })
      // As long as a commit would take, many times over.
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(outside.told()).toEqual([])
      steps.push('the first commits')
      await prepared.one.call('commit')
      await later
      await expect
        .poll(() => outside.told().map(({ value }) => value), SOON)
        .toEqual(['"prepared"', '"later"'])
      expect(steps).toEqual(['the first commits', 'the later one is in'])
      await relay.close()
      await pool.close()
    })
  })
}
