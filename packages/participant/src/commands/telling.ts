import type { IncomingMessage } from '@assent/contract'

/** A message must not come again and again because somebody who is only told has failed. */
export function telling(tell: () => void): void {
  try {
    tell()
  } catch (error) {
    console.error('what is told of commands failed:', error)
  }
}

/** Where nobody else wants to be told. */
export function writeError(error: unknown, message?: IncomingMessage): void {
  console.error(message === undefined ? 'serving commands failed:' : `${called(message)} failed:`, error)
}

export function writeDeadLetter(message: IncomingMessage, reason: string): void {
  console.error(`${called(message)} went to the dead letters: ${reason}`)
}

function called({ topic, partition, offset, headers }: IncomingMessage): string {
  const [op, branchId, gid] = ['assent-op', 'assent-branch-id', 'assent-gid'].map((name) => headers[name])
  const call = gid === undefined ? 'a message' : `${op} of branch ${branchId} of ${gid}`
  return `${call} (${topic}, partition ${partition}, offset ${offset})`
}
