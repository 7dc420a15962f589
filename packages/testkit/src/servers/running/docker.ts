import { execFile } from 'node:child_process'

export const COMMAND_TIMEOUT_MS = 60_000
/** A first use fetches the image. */
export const PULL_TIMEOUT_MS = 600_000

/** What a command of Docker's wrote, both ways. */
export function docker(args: readonly string[], timeoutMs = COMMAND_TIMEOUT_MS): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('docker', args, { timeout: timeoutMs }, (error, stdout, stderr) => {
      if (error) reject(new Error(`docker ${args[0]} failed:\n${stdout}${stderr}`, { cause: error }))
      else resolve(`${stdout}${stderr}`.trim())
    })
  })
}
