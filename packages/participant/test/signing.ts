import { createHmac } from 'node:crypto'
import { SIGNATURE_HEADER, type SignedCall, signedText, writeSignature } from '@assent/contract'

/** The headers of a call, signed as a coordinator that holds these secrets signs it. */
export function signedHeaders(
  headers: Record<string, string>,
  call: Pick<SignedCall, 'target' | 'body'>,
  { secrets, at = Date.now() }: { secrets: readonly string[]; at?: number },
): Record<string, string> {
  const seconds = Math.floor(at / 1_000)
  const text = signedText({ ...call, method: 'POST', header: (name) => headers[name] }, seconds)
  const signatures = secrets.map((secret) => createHmac('sha256', secret).update(text).digest('hex'))
  return { ...headers, [SIGNATURE_HEADER]: writeSignature(seconds, signatures) }
}
