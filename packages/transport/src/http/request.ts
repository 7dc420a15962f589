import type { Call } from '@assent/engine'
import type { Dispatcher } from 'undici'
import type { Address } from './address.ts'
import type { Sign } from './signing.ts'

/** The HTTP request of a call. Header names and values are undici's to check. */
export function dispatchOptions(
  call: Call,
  address: Address,
  sign: Sign | undefined,
): Dispatcher.DispatchOptions {
  const { path, authorization } = address
  const { method } = call
  const body = call.body === undefined ? null : JSON.stringify(call.body)
  const headers: string[] = []
  let hasContentType = body === null
  let hasAuthorization = false
  for (const name of Object.keys(call.headers)) {
    headers.push(name, call.headers[name] ?? '')
    hasContentType ||= isHeader(name, 'content-type')
    hasAuthorization ||= isHeader(name, 'authorization')
  }
  if (!hasContentType) headers.push('content-type', 'application/json')
  if (authorization !== undefined && !hasAuthorization) headers.push('authorization', authorization)
  if (sign !== undefined) {
    headers.push(...sign({ method, target: path, header: (name) => call.headers[name], body: body ?? '' }))
  }
  return { path, method, headers, body }
}

function isHeader(name: string, lowerCase: string): boolean {
  return name.length === lowerCase.length && name.toLowerCase() === lowerCase
}
