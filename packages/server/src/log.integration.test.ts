import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const LOG = join(import.meta.dirname, 'log.ts')

/** What a process writes that logs with this program. */
async function written(program: string): Promise<string[]> {
  const source = `import { standardLog } from ${JSON.stringify(LOG)}\nconst log = standardLog('info')\n${program}`
  const flags = ['--input-type=module-typescript', '--eval', source]
  const { stdout } = await promisify(execFile)(process.execPath, flags)
  return stdout.trim().split('\n')
}

it('a log is JSON lines, each with its level in words and its time', async () => {
  const [line] = await written("log.warn({ gid: 'g' }, 'look')")
  expect(JSON.parse(line ?? '')).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    gid: 'g',
    msg: 'look',
  })
})

it('the last words of a process that gives up are heard', async () => {
  const [line] = await written("log.fatal('the end')\nprocess.exit(0)")
  expect(JSON.parse(line ?? '')).toMatchObject({ level: 'fatal', msg: 'the end' })
})

it('no line is lost when the process ends, and none is torn', async () => {
  const lines = await written(
    "for (let n = 0; n < 5000; n++) log.info({ n }, 'x'.repeat(n % 100))\nprocess.exit(0)",
  )
  expect(lines.map((line) => JSON.parse(line).n)).toEqual(Array.from({ length: 5_000 }, (_, n) => n))
})
