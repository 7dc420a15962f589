/** A coordinator in a process of its own: `node coordinator.ts DIRECTORY`. */
import type { RunRequest } from '@assent/contract'
import { openCoordinator, systemClock } from '@assent/coordinator'
import { sqlite } from '@assent/store/sqlite'
import { http } from '@assent/transport/http'

export type Asked = { run: RunRequest } | { get: string }
export type CoordinatorSays = { ready: true } | { gid: string; status: string }

const LEASE_MS = 1_000

const [directory = ''] = process.argv.slice(2)
const clock = systemClock
const assent = await openCoordinator({
  store: sqlite({ directory }),
  transports: [http({ clock })],
  clock,
  settings: { leaseMs: LEASE_MS, claimIntervalMs: 50 },
})
await assent.open()
process.on('disconnect', () => process.exit())
process.on('message', async (asked: Asked) => {
  const { gid, status } = 'run' in asked ? await assent.run(asked.run) : await assent.get({ gid: asked.get })
  process.send?.({ gid, status } satisfies CoordinatorSays)
})
process.send?.({ ready: true } satisfies CoordinatorSays)
