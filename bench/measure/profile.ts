import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Table } from '../report/finding.ts'

/** Functions that are shown; below, each has well under a hundredth. */
const FUNCTIONS_SHOWN = 40
const FOLDERS_SHOWN = 15

/** What V8 writes: for each sample the function that ran, and the microseconds since the sample before. */
export interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

/**
 * Where a server's time went, by package and by function: one pair of tables for each of its threads. What
 * happened in the first `startMs` is left out.
 */
export function profileTables(folder: string, startMs: number): Table[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))
  const profiles = files.map((name) =>
    selfTimes(JSON.parse(readFileSync(join(folder, name), 'utf8')), startMs),
  )
  return profiles
    .sort((one, other) => busy(other) - busy(one))
    .flatMap((times, thread) => [
      shares(`Thread ${thread + 1}, by package`, grouped(times, packageOf), FOLDERS_SHOWN),
      shares(`Thread ${thread + 1}, by function`, grouped(times, nameOf), FUNCTIONS_SHOWN),
    ])
}

export interface SelfTime {
  name: string
  url: string
  line: number
  microseconds: number
}

const MICROSECONDS_PER_MS = 1_000

/** How long each function itself ran, idle time left out. */
export function selfTimes({ nodes, samples, timeDeltas }: Profile, startMs: number): SelfTime[] {
  const byId = new Map<number, SelfTime>()
  for (const { id, callFrame } of nodes) {
    const { functionName, url, lineNumber } = callFrame
    byId.set(id, { name: functionName || '(anonymous)', url, line: lineNumber + 1, microseconds: 0 })
  }
  let passed = 0
  for (const [place, id] of samples.entries()) {
    const time = byId.get(id)
    const delta = timeDeltas[place] ?? 0
    passed += delta
    if (time !== undefined && passed > startMs * MICROSECONDS_PER_MS) time.microseconds += delta
  }
  return [...byId.values()].filter(({ name, microseconds }) => name !== '(idle)' && microseconds > 0)
}

const busy = (times: readonly SelfTime[]): number =>
  times.reduce((sum, { microseconds }) => sum + microseconds, 0)

function grouped(times: readonly SelfTime[], key: (time: SelfTime) => string): Map<string, number> {
  const groups = new Map<string, number>()
  for (const time of times) groups.set(key(time), (groups.get(key(time)) ?? 0) + time.microseconds)
  return groups
}

function shares(title: string, groups: ReadonlyMap<string, number>, shown: number): Table {
  const all = [...groups.values()].reduce((sum, microseconds) => sum + microseconds, 0)
  const rows = [...groups]
    .sort(([, one], [, other]) => other - one)
    .slice(0, shown)
    .map(([name, microseconds]) => [`${((microseconds / all) * 100).toFixed(1)} %`, name])
  return { title, head: ['self time', ''], rows }
}

/** `undici`, `@assent/engine`, `node:internal/…`; what has no file is V8's own work. */
function packageOf({ name, url }: SelfTime): string {
  if (url === '') return name.startsWith('(') ? name : 'native'
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  if (installed !== undefined) return installed
  const room = /\/packages\/([^/]+)\//.exec(url)?.[1]
  if (room !== undefined) return `@assent/${room}`
  return url.split('/').slice(0, 2).join('/')
}

function nameOf(time: SelfTime): string {
  const { name, url, line } = time
  if (url === '') return name
  const file = url.replace(/^.*\/(?=packages\/)/, '').replace(/^.*\/node_modules\//, '')
  return `${name} ${file}:${line}`
}
