import { describe, expect, it } from 'vitest'
import { startMariadb, startPostgres, startRedis } from './index.ts'

describe.each([
  ['PostgreSQL', startPostgres],
  ['MariaDB', startMariadb],
  ['Redis', startRedis],
])('%s started here', (product, start) => {
  it('answers, says what it is, and is gone when closed', async () => {
    const server = await start()
    expect(server.product).toBe(product)
    expect(server.version).toMatch(/^\d+\.\d+/)
    expect(() => process.kill(server.pid, 0)).not.toThrow()
    await server.close()
    expect(() => process.kill(server.pid, 0)).toThrow('ESRCH')
  })
})
