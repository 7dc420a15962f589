import {
  problemWithSecrets,
  readSignature,
  SIGNATURE_HEADER,
  SIGNATURE_TOLERANCE_MS,
  type SignedCall,
  signedText,
} from '@assent/contract'

/** What makes a call one of our coordinator's. */
export interface Verification {
  /** The same as the coordinator's `ASSENT_CALL_SECRET`; several while it is changed, any of which will do. */
  secret: string | readonly string[]
  /** How far the clock of the coordinator may be from ours, milliseconds; 5 minutes by default. */
  toleranceMs?: number
  /** What a proxy takes off the front of the path on the way here, such as `/orders`. */
  behind?: string
  /** Epoch milliseconds. */
  now?: () => number
}

const SECOND_MS = 1_000

/**
 * Says what is wrong with the signature of a call, for people; undefined when nothing is. By `crypto.subtle`, which
 * every platform has and which compares in constant time. Throws TypeError for secrets that are none.
 */
export function verifier(verification: Verification): (call: SignedCall) => Promise<string | undefined> {
  const { secret, toleranceMs = SIGNATURE_TOLERANCE_MS, behind = '', now = Date.now } = verification
  // Typed as a secret, and all the same what an environment without it gives.
  if (secret === undefined)
    throw new TypeError('the secret of calls is undefined: is the variable set that it comes from?')
  const secrets = typeof secret === 'string' ? [secret] : secret
  const problem = problemWithSecrets(secrets)
  if (problem !== undefined) throw new TypeError(`the secrets of calls ${problem}`)
  const keys = Promise.all(secrets.map(keyOf))
  // Told to whoever asks first.
  keys.catch(() => {})
  return async (call) => {
    const header = call.header(SIGNATURE_HEADER)
    if (header === undefined) return `the call has no header ${SIGNATURE_HEADER}`
    const signature = readSignature(header)
    if (signature === undefined) return `the header ${SIGNATURE_HEADER} can not be read`
    const text = signedText({ ...call, target: behind + call.target }, signature.seconds)
    if (!(await isSignedBy(await keys, text, signature.signatures))) {
      return 'no secret of this service gives the signature of the call, or it was changed on the way'
    }
    const offMs = Math.abs(now() - signature.seconds * SECOND_MS)
    if (offMs <= toleranceMs) return undefined
    return `the signature is ${Math.round(offMs / SECOND_MS)} s off the clock of this service, ${toleranceMs / SECOND_MS} s are tolerated`
  }
}

type Key = Awaited<ReturnType<typeof keyOf>>

function keyOf(secret: string) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  return crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, ['verify'])
}

async function isSignedBy(
  keys: readonly Key[],
  text: string,
  signatures: readonly string[],
): Promise<boolean> {
  const bytes = new TextEncoder().encode(text)
  for (const key of keys) {
    for (const signature of signatures) {
      if (await crypto.subtle.verify('HMAC', key, bytesOf(signature), bytes)) return true
    }
  }
  return false
}

function bytesOf(hexadecimal: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hexadecimal.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}
