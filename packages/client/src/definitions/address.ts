import type { Definition, Step } from './definition.ts'

/** Where the functions of a step are called, behind `local:` or the URL of whoever serves them; of a query without a step. */
export function addressOf({ name, version }: Definition, step?: Step): string {
  return step === undefined ? `${name}/${version}` : `${name}/${version}/${step.name}`
}
