import { existsSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { nearestName } from '@assent/contract'
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { type Found, type Layer, notKnown } from './layer.ts'
import { KEYS, type Key } from './settings.ts'

const DEFAULT_FILE = 'conf.yaml'

/** Values from a YAML file whose sections nest as the keys do. */
export function fileLayer(file: string | undefined, folder: string, problems: string[]): Layer {
  const path = resolve(folder, file ?? DEFAULT_FILE)
  if (file === undefined && !existsSync(path)) return new Map()
  const found: Found = new Map()
  let source: string
  try {
    source = readFileSync(path, 'utf8')
  } catch (error) {
    problems.push(`the file ${path} can not be read: ${(error as Error).message}`)
    return found
  }
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines })
  for (const error of document.errors) problems.push(`${basename(path)}: ${error.message.split('\n')[0]}`)
  const { contents } = document
  if (isMap(contents)) readSection(contents, [], { found, problems, file: basename(path), lines })
  else if (contents !== null && document.errors.length === 0) {
    problems.push(`${basename(path)} must hold sections such as server:, store: and exec:`)
  }
  return found
}

interface Reading {
  found: Found
  problems: string[]
  file: string
  lines: LineCounter
}

const SECTIONS = new Set(
  KEYS.flatMap((key) =>
    key
      .split('.')
      .slice(0, -1)
      .map((_, index) =>
        key
          .split('.')
          .slice(0, index + 1)
          .join('.'),
      ),
  ),
)

function readSection(section: YAMLMap, path: readonly string[], reading: Reading): void {
  for (const { key, value } of section.items) {
    const name = isScalar(key) ? String(key.value) : String(key)
    const full = [...path, name].join('.')
    const offset = isScalar(key) ? key.range?.[0] : undefined
    const line = offset === undefined ? '' : `:${reading.lines.linePos(offset).line}`
    const place = `${reading.file}${line}`
    if (KEYS.includes(full as Key)) {
      const given = isScalar(value) ? value.value : isSeq(value) ? value.toJSON() : null
      // A key with nothing behind it says nothing.
      if (given !== null) reading.found.set(full as Key, { given, origin: { kind: 'file', name: place } })
    } else if (SECTIONS.has(full)) {
      if (isMap(value)) readSection(value, [...path, name], reading)
      else if (!isScalar(value) || value.value !== null) {
        reading.problems.push(`${full} must hold settings of its own, in ${place}`)
      }
    } else {
      reading.problems.push(`${notKnown(full, nearestKey(full, name))}, in ${place}`)
    }
  }
}

/** The whole key that is nearest, or the one whose last part is. */
function nearestKey(full: string, name: string): string | undefined {
  const whole = nearestName(full, [...KEYS, ...SECTIONS])
  if (whole !== undefined) return whole
  const last = nearestName(
    name,
    KEYS.map((key) => key.split('.').at(-1) ?? ''),
  )
  return KEYS.find((key) => key.split('.').at(-1) === last)
}
