import { describe, expect, it } from 'vitest'
import { tryToTake } from '../finding/lock.ts'
import { freePort, portFor } from './port.ts'

describe('a free port', () => {
  it('is given once', async () => {
    expect(new Set(await Promise.all(Array.from({ length: 5 }, freePort))).size).toBe(5)
  })

  it.runIf(process.platform === 'linux')('is not given while another process has it', async () => {
    const port = await freePort()
    const other = await tryToTake(`assent-port-${port + 1}`)
    expect(await freePort()).not.toBe(port + 1)
    other?.close()
  })

  it('that someone asks for is that one, or an error', async () => {
    const port = await freePort()
    expect(await portFor(port)).toBe(port)
  })
})
