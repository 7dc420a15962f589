import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from './command.ts'

type Locked = { integrity?: string; resolved?: string; optionalDependencies?: Record<string, string> }

const lock: { packages: Record<string, Locked> } = JSON.parse(
  await readFile(join(ROOT, 'package-lock.json'), 'utf8'),
)

it('the lock holds what every platform needs, or `npm ci` fails where it lacks something', () => {
  const locked = Object.entries(lock.packages).filter(([, { integrity }]) => integrity)
  const names = new Set(locked.map(([place]) => place.split('node_modules/').at(-1)))
  const wanted = Object.values(lock.packages).flatMap((one) => Object.keys(one.optionalDependencies ?? {}))
  expect(wanted.length).toBeGreaterThan(0)
  expect(wanted.filter((name) => !names.has(name))).toEqual([])
})

it('the lock names no registry, so that it installs from whichever one a machine uses', () => {
  const places = Object.values(lock.packages).map(({ resolved }) => resolved ?? '')
  expect(places.filter((place) => place.includes('://'))).toEqual([])
})
