import type { Json } from '@assent/contract'
import { ourName, type WireName } from './names.ts'

/**
 * Reads a value of an answer and puts it under our names. Throws WrongShape for anything that it should not be: what
 * comes over a network may come from anyone.
 */
export type Reader<Value> = (value: unknown, at: string) => Value

/** An answer that is JSON, and not what was asked for. */
export class WrongShape extends Error {
  override readonly name = 'WrongShape'
}

function wrong(at: string, mustBe: string): never {
  throw new WrongShape(`${at || 'the answer'} is not ${mustBe}`)
}

export const text: Reader<string> = (value, at) => (typeof value === 'string' ? value : wrong(at, 'a text'))

export const number: Reader<number> = (value, at) =>
  typeof value === 'number' && Number.isFinite(value) ? value : wrong(at, 'a number')

export const flag: Reader<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : wrong(at, 'true or false')

/** What belongs to users: any JSON, names included. */
export const json: Reader<Json> = (value, at) => (value === undefined ? wrong(at, 'there') : (value as Json))

export function word<const Word extends string>(words: readonly Word[]): Reader<Word> {
  return (value, at) => words.find((each) => each === value) ?? wrong(at, `one of ${words.join(', ')}`)
}

export function optional<Value>(read: Reader<Value>): Reader<Value | undefined> {
  return (value, at) => (value === undefined ? undefined : read(value, at))
}

export function either<One, Other>(one: Reader<One>, other: Reader<Other>): Reader<One | Other> {
  return (value, at) => {
    try {
      return one(value, at)
    } catch {
      return other(value, at)
    }
  }
}

export function list<Value>(read: Reader<Value>): Reader<Value[]> {
  return (value, at) =>
    Array.isArray(value) ? value.map((entry, index) => read(entry, `${at}[${index}]`)) : wrong(at, 'a list')
}

/** Keys that belong to users. */
export function dictionary<Value>(read: Reader<Value>): Reader<Record<string, Value>> {
  return (value, at) => {
    const entries = Object.entries(fieldsOf(value, at))
    return Object.fromEntries(entries.map(([key, entry]) => [key, read(entry, `${at}.${key}`)]))
  }
}

/** How each field of a record is read, under the names of the wire: none can be forgotten. */
export type Fields<Shape> = {
  [Name in keyof Shape as WireName<Name & string>]-?: Reader<Shape[Name]>
}

/** Fields that we do not know are passed over: a newer server may have more to say. */
export function record<Shape extends object>(fields: Fields<Shape>): Reader<Shape> {
  const readers = Object.entries(fields as Record<string, Reader<unknown>>).map(
    ([name, read]) => [name, ourName(name), read] as const,
  )
  return (value, at) => {
    const found = fieldsOf(value, at)
    const shape: Record<string, unknown> = {}
    for (const [wire, ours, read] of readers) {
      const entry = read(found[wire], at === '' ? wire : `${at}.${wire}`)
      if (entry !== undefined) shape[ours] = entry
    }
    return shape as Shape
  }
}

function fieldsOf(value: unknown, at: string): Record<string, unknown> {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isRecord ? (value as Record<string, unknown>) : wrong(at, 'an object')
}
