import { AssentError } from '@assent/contract'

/** Why a store can not be opened, and what to do about it. `remedy` is absent where the rest says it. */
export function storeInvalid(where: string, wrong: string, remedy?: string): AssentError {
  const message = [`${where} can not be used: ${wrong}`, ...(remedy === undefined ? [] : [remedy])].join('; ')
  return new AssentError('STORE_INVALID', message, { server: where })
}
