import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { happening, type OutboxService, startOutboxService } from '../../test/outbox/service.ts'
import { MARIADB, PG } from '../../test/sql/libraries.ts'
import type { Library } from '../../test/sql/library.ts'

const DYING_RELAY = fileURLToPath(new URL('../../test/outbox/dying-relay.ts', import.meta.url))
const SOON = { timeout: 20_000, interval: 10 }

for (const library of [PG, MARIADB]) describe(library.name, () => crashes(library as Library<unknown>))

function crashes(library: Library<unknown>): void {
  let service: OutboxService<unknown>
  beforeAll(async () => {
    service = await startOutboxService(library)
  })
  beforeEach(() => service.clear())
  afterAll(() => service.close())

  /** What it sent before it was killed. */
  const relayThatDies = () =>
    new Promise<unknown[]>((resolve, reject) => {
      const child = [DYING_RELAY, library.name, service.database.url]
      execFile(process.execPath, child, (error, stdout) => {
        if (error?.signal === 'SIGKILL') resolve(JSON.parse(stdout))
        else reject(error ?? new Error('the relay was not killed'))
      })
    })

  it('a relay that is killed behind its send has another one send it again, and loses nothing', async () => {
    const events = [1, 2, 3, 4].map((number) => happening('a', number))
    await service.add(...events)
    expect(await relayThatDies()).toEqual([1, 2, 3, 4])
    await service.relay()
    await expect.poll(() => service.told().map(({ value }) => JSON.parse(value)), SOON).toEqual([1, 2, 3, 4])
  })

  it('a relay that is killed lets go of its lanes while others are at work, who take them over', async () => {
    await service.add(...Array.from({ length: 40 }, (_, number) => happening(`key-${number}`, number)))
    const died = Promise.withResolvers<void>()
    const other = await service.relay({
      broker: {
        // Not before the other one has died amid its round.
        send: async (messages) => {
          await died.promise
          await service.broker.send(messages)
        },
      },
      batch: 1,
    })
    const sentTwice = await relayThatDies()
    died.resolve()
    expect(sentTwice.length).toBeGreaterThan(0)
    await expect.poll(() => other.counters.sent, SOON).toBe(40)
    const told = service.told().map(({ value }) => JSON.parse(value))
    expect(told).toEqual(expect.arrayContaining(sentTwice))
    expect(new Set(told).size).toBe(40)
  })
}
