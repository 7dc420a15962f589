/**
 * What the signature of a call covers, the same for whoever signs and whoever verifies: HMAC-SHA256 with a secret that
 * both hold, over when, how and where the call was made, which call it is, and its body. A signed call can be neither
 * changed nor sent elsewhere, and repeated for as long only as its time is tolerated.
 */

/** `t=1700000000,v1=5257a869…`: the second in which it was signed, and a signature for each secret of the signer. */
export const SIGNATURE_HEADER = 'assent-signature'

/** Who verifies accepts this much between the signer's clock and its own, milliseconds. */
export const SIGNATURE_TOLERANCE_MS = 300_000
/** A shorter secret can be guessed. */
export const SECRET_MIN_LENGTH = 16
/** Secrets at once: the one in use, the next one, and one to spare. */
export const SECRETS_MAX = 3

/** The headers that say which call it is. Whatever else a call carries is not covered. */
const SIGNED_HEADERS = [
  'assent-gid',
  'assent-branch-id',
  'assent-op',
  'assent-mode',
  'assent-phase',
  'assent-attempt',
  'assent-action-outcome',
  'idempotency-key',
] as const

export interface SignedCall {
  method: string
  /** Path and query, as they are sent. */
  target: string
  /** By its lower-case name. */
  header(name: string): string | undefined
  /** As it is sent; '' for none. */
  body: string
}

/** The text that is signed. None of what stands before the body can hold a line break, so it has one meaning only. */
export function signedText({ method, target, header, body }: SignedCall, seconds: number): string {
  const named = SIGNED_HEADERS.map((name) => header(name) ?? '')
  return ['v1', seconds, method, target, ...named, body].join('\n')
}

/** `signatures` are in hexadecimal. */
export function writeSignature(seconds: number, signatures: readonly string[]): string {
  return [`t=${seconds}`, ...signatures.map((signature) => `v1=${signature}`)].join(',')
}

const TIME = /^\d{1,12}$/
/** HMAC-SHA256 in hexadecimal. */
const SIGNATURE = /^[0-9a-f]{64}$/

/** Undefined for what is no such header. Versions that are not known are passed over. */
export function readSignature(
  header: string,
): { seconds: number; signatures: readonly string[] } | undefined {
  let seconds: number | undefined
  const signatures: string[] = []
  for (const part of header.split(',')) {
    const [name, value = ''] = part.trim().split('=', 2)
    if (name === 't' && TIME.test(value)) seconds = Number(value)
    if (name === 'v1' && SIGNATURE.test(value)) signatures.push(value)
  }
  const isWhole = seconds !== undefined && signatures.length > 0 && signatures.length <= SECRETS_MAX
  return isWhole && seconds !== undefined ? { seconds, signatures } : undefined
}

/** What is wrong with secrets, as the end of a sentence; undefined when nothing is. */
export function problemWithSecrets(secrets: readonly string[]): string | undefined {
  if (secrets.length === 0) return 'must hold at least one secret'
  if (secrets.length > SECRETS_MAX) return `may hold at most ${SECRETS_MAX} secrets at once`
  const isShort = secrets.some((secret) => secret.length < SECRET_MIN_LENGTH)
  return isShort ? `must hold secrets of at least ${SECRET_MIN_LENGTH} characters` : undefined
}
