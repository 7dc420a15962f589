import { AssentError } from '@assent/contract'

/**
 * Why a store can not be opened, and what to do about it. `where` is the server, without a password; `remedy` is
 * absent where what is wrong says it.
 */
export function storeInvalid(where: string, wrong: string, remedy?: string, cause?: unknown): AssentError {
  const message = [`${where} can not be used: ${wrong}`, ...(remedy === undefined ? [] : [remedy])].join('; ')
  return new AssentError('STORE_INVALID', message, { server: where }, cause === undefined ? {} : { cause })
}
