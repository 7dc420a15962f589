import type { CallAnswer, Store, Transport } from '@assent/engine'
import { memory } from '@assent/store/memory'
import { expect, it } from 'vitest'
import { createCoordinator } from '../coordinator.ts'

const ORPHANS = 10_000
const LEASE_MS = 4_000
/** So many at once, so that heartbeats come in between. */
const BURST = 500

/** The store as a process sees it until it is killed: it hears nothing any more and changes nothing. */
function severable(store: Store): { view: Store; kill: () => void } {
  let isDead = false
  const methods = Object.entries(store).map(([name, value]) => {
    if (typeof value !== 'function') return [name, value]
    return [name, (...args: unknown[]) => (isDead ? new Promise(() => {}) : value.apply(store, args))]
  })
  const kill = (): void => {
    isDead = true
  }
  return { view: Object.fromEntries(methods) as unknown as Store, kill }
}

function transportThat(call: Transport['call']): Transport {
  return { schemes: ['test:'], call, close: async () => {} }
}

it('takes over ten thousand orphans within the lease and two seconds, and finishes them', async () => {
  const store = memory()
  const { view, kill } = severable(store)
  const killed = createCoordinator({
    store: view,
    transports: [transportThat(() => new Promise(() => {}))],
    settings: { leaseMs: LEASE_MS },
  })
  await killed.open()
  const gids = Array.from({ length: ORPHANS }, (_, index) => `order-${index}`)
  const branches = [{ branchId: 'a', action: 'test:a' }]
  for (let from = 0; from < ORPHANS; from += BURST) {
    await Promise.all(gids.slice(from, from + BURST).map((gid) => killed.run({ gid, branches })))
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(killed.state().driving).toBe(ORPHANS)
  // An idle one beside it, with the settings that everybody has.
  const done: CallAnswer = { kind: 'answered', outcome: 'done' }
  const called = new Set<string>()
  let lastCalledAt = 0
  const call: Transport['call'] = async ({ gid }) => {
    called.add(gid)
    lastCalledAt = performance.now()
    return done
  }
  const heir = createCoordinator({ store, transports: [transportThat(call)] })
  await heir.open()
  kill()
  const killedAt = performance.now()
  await expect.poll(() => called.size, { timeout: 30_000, interval: 50 }).toBe(ORPHANS)
  expect(lastCalledAt - killedAt).toBeLessThan(LEASE_MS + 2_000)
  await expect.poll(async () => (await store.summary()).active, { timeout: 30_000, interval: 50 }).toEqual({})
  await heir.close()
}, 90_000)
