import type { Call } from '@assent/engine'
import type { Dispatcher } from 'undici'
import type { Address } from './address.ts'

/** The HTTP request of a call. Header names and values are undici's to check. */
export function dispatchOptions(call: Call, address: Address): Dispatcher.DispatchOptions {
  const { path, authorization } = address
  const hasBody = call.body !== undefined
  const headers: string[] = []
  let hasContentType = !hasBody
  let hasAuthorization = false
  for (const name of Object.keys(call.headers)) {
    headers.push(name, call.headers[name] ?? '')
    hasContentType ||= isHeader(name, 'content-type')
    hasAuthorization ||= isHeader(name, 'authorization')
  }
  if (!hasContentType) headers.push('content-type', 'application/json')
  if (authorization !== undefined && !hasAuthorization) headers.push('authorization', authorization)
  return { path, method: call.method, headers, body: hasBody ? JSON.stringify(call.body) : null }
}

function isHeader(name: string, lowerCase: string): boolean {
  return name.length === lowerCase.length && name.toLowerCase() === lowerCase
}
