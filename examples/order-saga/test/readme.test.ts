import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { SERVICES } from '../src/launch/services.ts'
import { TOPICS } from '../src/messages/topics.ts'
import { REQUESTS } from './requests.ts'

const FOLDER = join(import.meta.dirname, '..')
const README = readFileSync(join(FOLDER, 'README.md'), 'utf8')

it.each(Object.entries(REQUESTS))('the README shows the request that is tested: %s', (_name, body) => {
  expect(README).toContain(
    `curl -X POST http://localhost:3001/orders \\\n  -H "Content-Type: application/json" \\\n  -d '${body}'`,
  )
})

it('the README names every topic, service and port, and links to what is there', () => {
  for (const { topic } of TOPICS) expect(README).toContain(topic)
  for (const { name, port } of SERVICES) {
    expect(README).toContain(name)
    expect(README).toContain(String(port))
  }
  const linked = [...README.matchAll(/\]\(([^)#]+)/g)].map(([, path = '']) => path)
  expect(linked.length).toBeGreaterThan(10)
  expect(linked.filter((path) => !existsSync(join(FOLDER, path)))).toEqual([])
})

it('the saga is as short as the README says', () => {
  const source = readFileSync(join(FOLDER, 'src/order/definition.ts'), 'utf8')
  const definition = source.slice(source.indexOf('export const order = saga(')).trimEnd()
  const said = Number(/\[(\d+) lines\]\(src\/order\/definition\.ts\)/.exec(README)?.[1])
  expect(definition.split('\n')).toHaveLength(said)
  expect(said).toBeLessThan(40)
})
