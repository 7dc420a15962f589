import { createHmac } from 'node:crypto'
import {
  problemWithSecrets,
  SIGNATURE_HEADER,
  type SignedCall,
  signedText,
  writeSignature,
} from '@assent/contract'
import type { Clock } from '@assent/engine'

/** The header that signs a call, as name and value. */
export type Sign = (call: SignedCall) => readonly [name: string, value: string]

const SECOND_MS = 1_000

/** Signs with each of the secrets, so that services may be given a new one before or after. Throws TypeError for secrets that are none. */
export function signer(secrets: readonly string[], clock: Clock): Sign {
  const problem = problemWithSecrets(secrets)
  if (problem !== undefined) throw new TypeError(`the secrets of calls ${problem}`)
  return (call) => {
    const seconds = Math.floor(clock.wall() / SECOND_MS)
    const text = signedText(call, seconds)
    const signatures = secrets.map((secret) => createHmac('sha256', secret).update(text).digest('hex'))
    return [SIGNATURE_HEADER, writeSignature(seconds, signatures)]
  }
}
