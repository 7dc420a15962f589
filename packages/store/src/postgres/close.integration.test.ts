import { type TestServer, testPostgres } from '@assent/testkit/servers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type PostgresTool, postgresTool } from '../../test/postgres.ts'
import { runScript } from '../../test/process.ts'

let server: TestServer
let tool: PostgresTool
beforeAll(async () => {
  server = await testPostgres()
  tool = postgresTool(server.url)
})
afterAll(async () => {
  await tool.close()
  await server.close()
})

it('is closed before a process ends that has nothing else left to do', async () => {
  const script = runScript('read-and-close.ts', server.url, tool.newSchema())
  expect(await script.ended).toBe(0)
  expect(script.lines).toEqual(['closed'])
})
