import { ID_PATTERN } from '@assent/contract'

export const ID_RULE = 'must be 1 to 64 of A-Z a-z 0-9 - _'

/** Whether this can be a gid or a branch_id; it came from outside and may be anything. */
export function isId(id: unknown): boolean {
  return typeof id === 'string' && ID_PATTERN.test(id)
}
