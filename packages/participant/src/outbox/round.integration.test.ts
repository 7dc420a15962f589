import { BrokerUnavailable } from '@assent/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { behindReads } from '../../test/outbox/behind-reads.ts'
import { type OutboxService, startOutboxService, TOPIC } from '../../test/outbox/service.ts'
import { MARIADB, PG } from '../../test/sql/libraries.ts'
import type { Library } from '../../test/sql/library.ts'
import { Awake } from './awake.ts'
import { PAUSE_LONGEST_MS, Pauses } from './pauses.ts'
import { RELAY_BATCH } from './relay.ts'
import { type Rounds, round } from './round.ts'
import { OutboxRows } from './rows.ts'
import { OUTBOX_DIALECTS } from './table.ts'
import { OUTBOX_TABLE } from './table-names.ts'

for (const library of [PG, MARIADB]) {
  describe(`a round of a relay, by ${library.name}`, () => rounding(library as Library<unknown>))
}

function rounding(library: Library<unknown>): void {
  let service: OutboxService<unknown>
  beforeAll(async () => {
    service = await startOutboxService(library)
  })
  beforeEach(() => service.clear())
  afterAll(() => service.close())

  const roundsOf = (given: Partial<Rounds> = {}): Rounds => {
    const { database } = service.opened
    const dialect = OUTBOX_DIALECTS[database.dialect]
    return {
      database,
      dialect,
      rows: new OutboxRows(dialect, OUTBOX_TABLE),
      broker: service.broker,
      topicOf: () => TOPIC,
      pauses: new Pauses(),
      unknown: new Pauses(),
      awake: new Awake(dialect, OUTBOX_TABLE),
      batch: RELAY_BATCH,
      ...given,
    }
  }
  const values = () => service.told().map(({ value }) => JSON.parse(value))

  it('sends nothing to a topic whose pause ends while it reads: it has left the older events unread', async () => {
    let now = 0
    let isAway = true
    const passing = () => {
      now += PAUSE_LONGEST_MS
    }
    const rounds = roundsOf({
      pauses: new Pauses(() => now),
      broker: {
        send: async (messages) => {
          if (isAway) throw new BrokerUnavailable('for a moment')
          await service.broker.send(messages)
        },
      },
    })
    await service.add({ aggregateId: 'a', eventType: 'OrderCreated', eventData: 'created' })
    await round(rounds, 0)
    isAway = false
    await service.add({ aggregateId: 'a', eventType: 'OrderCancelled', eventData: 'cancelled' })
    await round({ ...rounds, database: behindReads(service.opened.database, passing) }, 0)
    await round(rounds, 0)
    expect(values()).toEqual(['created', 'cancelled'])
  })
}
