/** A server, installed from its tarball, for proofs that need one beside them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Served extends AsyncDisposable {
  url: string
}

/** Starts the server of the packages that are installed in `app`, which keeps its transactions in memory. */
export async function serveFrom(app: string): Promise<Served> {
  const program = join('node_modules', 'assent', 'command-line', 'main.js')
  const server = spawn(process.execPath, [program, 'start', '--http-port=0', '--store=memory'], {
    cwd: app,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(server, 'exit')
  const end = async (): Promise<void> => {
    server.kill('SIGKILL')
    await exited
  }
  const lines = createInterface({ input: server.stdout })
  for await (const line of lines) {
    const { url } = JSON.parse(line) as { url?: string }
    if (url === undefined) continue
    // Whatever else it logs must not fill the pipe.
    server.stdout.resume()
    return { url, [Symbol.asyncDispose]: end }
  }
  throw new Error(`the server ended with ${await exited} before it listened`)
}
