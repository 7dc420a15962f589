import type { Json } from '@assent/contract'

/** Whether two values say the same: the order of an object's fields is nothing, a field that is undefined is none. */
export function isSameJson(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false
    return left.every((item, index) => isSameJson(item, right[index]))
  }
  const fields = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...fields].every((field) => isSameJson(own(left, field), own(right, field)))
}

/** A field that is inherited, such as `constructor`, is none. */
function own(value: { [field: string]: Json | undefined }, field: string): Json | undefined {
  return Object.hasOwn(value, field) ? value[field] : undefined
}
