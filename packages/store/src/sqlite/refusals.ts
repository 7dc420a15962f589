import { AssentError } from '@assent/contract'

/** Why a store can not be opened, and what to do about it. */
export function storeInUse(directory: string, cause: unknown): AssentError {
  return new AssentError(
    'STORE_IN_USE',
    `another store has the data directory ${directory} open: stop the process that opened it, or name another data directory`,
    { directory },
    { cause },
  )
}

/** `remedy` follows what the cause says; absent where the cause says it. */
export function storeInvalid(path: string, cause: unknown, remedy?: string): AssentError {
  const wrong = cause instanceof Error ? cause.message : String(cause)
  const message = [`${path} can not be used: ${wrong}`, ...(remedy === undefined ? [] : [remedy])].join('; ')
  return new AssentError('STORE_INVALID', message, { path }, { cause })
}
