import { type TestServer, testRedis } from '@assent/testkit/servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callOf } from '../../../test/accounts.ts'
import { connect, redisService } from '../../../test/redis-service.ts'
import { type BarrierOperation, originOf, placeOf } from '../call.ts'
import { decide, type Found, type StoredAnswer } from '../decision.ts'

let server: TestServer
let client: Awaited<ReturnType<typeof connect>>
beforeAll(async () => {
  server = await testRedis()
  client = await connect(server.url)
})
afterAll(async () => {
  client.destroy()
  await server.close()
})

const OPERATIONS: readonly BarrierOperation[] = [
  'action',
  'compensate',
  'try',
  'confirm',
  'cancel',
  'prepare',
  'commit',
  'rollback',
]

const CONTENTS = {
  done: { answer: '{"paid":1}', stored: { state: 'done', result: { paid: 1 } } },
  refused: { answer: '{"code":"NO"}', stored: { state: 'refused', refusal: { code: 'NO' } } },
  ongoing: { answer: '{"retryAfterMs":7}', stored: { state: 'ongoing', retryAfterMs: 7 } },
  planted: { answer: '', stored: { state: 'planted' } },
} as const

interface Standing {
  /** As Redis keeps it; absent where nothing stands there. */
  kept?: string
  found: Found
}

/** Everything that can stand at a place. */
function standings(place: 'origin' | 'end'): Standing[] {
  const rows = OPERATIONS.filter((op) => placeOf(op) === place).flatMap((op) =>
    Object.entries(CONTENTS).map(([state, { answer, stored }]) => ({
      kept: `${op} ${state} ${answer}`,
      found: { op, ...stored } as StoredAnswer,
    })),
  )
  return [{ found: 'inserted' }, ...rows]
}

describe('the script of a call', () => {
  it.each(OPERATIONS)('decides of a %s as all barriers do, whatever stands in its rows', async (op) => {
    const { tag, barrier, leave, effects, rows, rowsKey, close } = redisService(client, (command) =>
      client.sendCommand(command),
    )
    const place = placeOf(op)
    let cases = 0
    const one = async (current: Standing, origin: Standing) => {
      cases += 1
      const [gid, branchId] = ['every-case', String(cases)]
      const seeds = { [`origin:${branchId}`]: origin.kept, [`${place}:${branchId}`]: current.kept }
      for (const [field, kept] of Object.entries(seeds)) {
        if (kept !== undefined) await client.hSet(rowsKey(gid), field, kept)
      }
      const expected = decide(op, current.found, originOf(op) && origin.found)
      const answer = await barrier.run(callOf(op, branchId, gid), (redis) => leave(redis, branchId))
      const kept = await rows(gid)
      switch (expected.next) {
        case 'leave':
          expect(answer).toEqual(expected.answer)
          expect(kept[`${place}:${branchId}`]).toBe(current.kept)
          expect(kept[`origin:${branchId}`]).toBe(place === 'origin' ? current.kept : origin.kept)
          return
        case 'keep':
          expect(answer).toEqual(expected.answer)
          expect(kept[`end:${branchId}`]).toBe(`${op} done `)
          expect(kept[`origin:${branchId}`]).toBe(origin.kept ?? `${originOf(op)} planted `)
          return
        case 'run':
          expect(answer).toEqual({ case: 'executed', outcome: 'done', result: { did: branchId } })
          expect(kept[`${place}:${branchId}`]).toBe(`${op} done {"did":"${branchId}"}`)
          expect((await effects()).at(-1)).toBe(branchId)
      }
    }
    let executed = 0
    for (const current of standings(place)) {
      const origins = place === 'origin' ? [{ found: 'inserted' } as const] : standings('origin')
      for (const origin of origins) {
        await one(current, origin)
        if (decide(op, current.found, originOf(op) && origin.found).next === 'run') executed += 1
      }
    }
    expect(await effects()).toHaveLength(executed)
    expect(cases, tag).toBe(place === 'origin' ? 13 : 21 * 13)
    await close()
  })
})
