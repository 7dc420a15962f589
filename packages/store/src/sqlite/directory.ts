import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { storeInvalid } from './refusals.ts'

/** Makes the data directory where it is missing. Throws STORE_INVALID. */
export function makeDirectory(directory: string): void {
  try {
    const first = mkdirSync(directory, { recursive: true })
    if (first === undefined || process.platform === 'win32') return
    // A power cut must not take the entries that lead to the database.
    for (let made = directory; made.length >= first.length; made = dirname(made)) syncDirectory(dirname(made))
  } catch (cause) {
    throw storeInvalid(directory, cause, 'name a directory that can be made')
  }
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
