import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { usageOf } from './usage.ts'

const BUSY_MS = 300
const BUSY = `const until = Date.now() + ${BUSY_MS}; while (Date.now() < until);`
/** A process that starts a busy one and outlives it, as a database outlives its sessions. */
const OUTLIVES = `
  const { spawnSync } = require('node:child_process')
  console.log('begun')
  spawnSync(process.execPath, ['-e', ${JSON.stringify(BUSY)}])
  console.log('ended')
  setInterval(() => {}, 1_000)`

describe.skipIf(!existsSync('/proc/self/stat'))('what a process has used (Linux counts it)', () => {
  it('counts those that it started, those that have ended included', async () => {
    const parent = spawn(process.execPath, ['-e', OUTLIVES], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      await once(parent.stdout, 'data')
      const before = usageOf(parent.pid ?? 0).cpuSeconds
      await once(parent.stdout, 'data')
      const after = usageOf(parent.pid ?? 0).cpuSeconds
      expect(after - before).toBeGreaterThan(BUSY_MS / 2_000)
    } finally {
      parent.kill('SIGKILL')
    }
  })

  it('is nothing where there is no such process', () => {
    expect(usageOf(2 ** 30)).toEqual({ cpuSeconds: 0, mainSeconds: 0, rssMib: 0 })
  })
})
