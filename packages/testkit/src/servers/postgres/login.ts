import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

const OK = 0
const CLEAR_TEXT = 3
const MD5 = 5
const SASL = 10
const SASL_CONTINUE = 11
const SASL_FINAL = 12

const NONCE_BYTES = 18

/** Answers the server's questions for a password, by whichever way it asks; undefined where it wants no answer. */
export function loginOf(
  user: string,
  password: string,
  nonce = randomBytes(NONCE_BYTES).toString('base64'),
): (question: Buffer) => Buffer | undefined {
  const bare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`
  return (question) => {
    const kind = question.readUInt32BE(0)
    const rest = question.subarray(4)
    switch (kind) {
      case OK:
      case SASL_FINAL:
        return undefined
      case CLEAR_TEXT:
        return Buffer.from(`${password}\0`)
      case MD5:
        return Buffer.from(`md5${md5(md5(password + user), rest)}\0`)
      case SASL: {
        const first = Buffer.from(`n,,${bare}`)
        const length = Buffer.alloc(4)
        length.writeUInt32BE(first.length)
        return Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), length, first])
      }
      case SASL_CONTINUE:
        return Buffer.from(proofFor(password, bare, rest.toString('utf8')))
      default:
        throw new Error(`it asks for the password in a way (${kind}) that is not spoken here`)
    }
  }
}

/** RFC 5802, the client's final message. */
function proofFor(password: string, bare: string, challenge: string): string {
  const fields = new Map(challenge.split(',').map((field) => [field[0], field.slice(2)]))
  const salt = Buffer.from(fields.get('s') ?? '', 'base64')
  const salted = pbkdf2Sync(password, salt, Number(fields.get('i')), 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  const storedKey = createHash('sha256').update(clientKey).digest()
  const withoutProof = `c=biws,r=${fields.get('r')}`
  const signature = createHmac('sha256', storedKey).update(`${bare},${challenge},${withoutProof}`).digest()
  const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))
  return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`
}

function md5(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
