import { JSON_DEPTH_MAX, type Json } from '@assent/contract'

/** `{"$result": "BRANCH_ID", "pointer": "/a/b"}` in a payload: a value from that branch's result. */
export interface ResultReference {
  branchId: string
  pointer: string
}

function referenceOf(value: { [key: string]: Json | undefined }): ResultReference | undefined {
  const branchId = value.$result
  if (typeof branchId !== 'string') return undefined
  const pointer = value.pointer
  for (const key in value) if (key !== '$result' && key !== 'pointer') return undefined
  if (pointer === undefined) return { branchId, pointer: '' }
  return typeof pointer === 'string' ? { branchId, pointer } : undefined
}

/** What was found in a payload, which never changes and which a thousand branches may share. */
const FOUND = new WeakMap<object, readonly ResultReference[]>()

/** All references in a payload, in the order in which they stand. */
export function findReferences(payload: Json | undefined): readonly ResultReference[] {
  if (typeof payload !== 'object' || payload === null) return []
  const known = FOUND.get(payload) ?? walk(payload)
  FOUND.set(payload, known)
  return known
}

function walk(payload: Json): ResultReference[] {
  const found: ResultReference[] = []
  const visit = (value: Json | undefined, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > JSON_DEPTH_MAX) return
    if (Array.isArray(value)) {
      for (const item of value) visit(item, depth + 1)
      return
    }
    const reference = referenceOf(value)
    if (reference !== undefined) {
      found.push(reference)
      return
    }
    for (const key in value) visit(value[key], depth + 1)
  }
  visit(payload, 0)
  return found
}

/** Characters of a pointer; it is told in refusals and kept with them. */
const POINTER_MAX_LENGTH = 1_024

/** Whether this is a JSON Pointer (RFC 6901), and not an endless one. */
export function isPointer(pointer: string): boolean {
  if (pointer.length > POINTER_MAX_LENGTH) return false
  return pointer === '' || (pointer.startsWith('/') && !/~(?![01])/.test(pointer))
}

/** The value that a JSON Pointer (RFC 6901) names; undefined when there is none. */
export function resolvePointer(value: Json | undefined, pointer: string): Json | undefined {
  if (pointer === '') return value
  let current = value
  for (const part of pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(current)) {
      if (!/^(0|[1-9]\d*)$/.test(key)) return undefined
      current = current[Number(key)]
    } else if (typeof current === 'object' && current !== null && Object.hasOwn(current, key)) {
      current = current[key]
    } else {
      return undefined
    }
  }
  return current
}

/**
 * The payload with each reference replaced by what `lookup` gives, or by null where that is nothing. What holds
 * no reference is shared with the payload; without any it is the payload itself.
 */
export function replaceReferences(
  payload: Json | undefined,
  lookup: (reference: ResultReference) => Json | undefined,
): Json | undefined {
  const visit = (value: Json | undefined, depth: number): Json | undefined => {
    if (typeof value !== 'object' || value === null || depth > JSON_DEPTH_MAX) return value
    if (Array.isArray(value)) {
      let copy: Json[] | undefined
      for (let index = 0; index < value.length; index++) {
        const item = value[index]
        const filled = visit(item, depth + 1)
        if (filled === item || filled === undefined) continue
        copy ??= value.slice()
        copy[index] = filled
      }
      return copy ?? value
    }
    const reference = referenceOf(value)
    if (reference !== undefined) return lookup(reference) ?? null
    let copy: { [field: string]: Json | undefined } | undefined
    for (const field in value) {
      const filled = visit(value[field], depth + 1)
      if (filled === value[field]) continue
      copy ??= { ...value }
      copy[field] = filled
    }
    return copy ?? value
  }
  return visit(payload, 0)
}

/** Whether a value nests deeper than JSON_DEPTH_MAX; such values are refused before anything walks them. */
export function isTooDeep(value: Json | undefined, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth >= JSON_DEPTH_MAX) return true
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    if (isTooDeep(item, depth + 1)) return true
  }
  return false
}
