/**
 * What `npm start` runs: a server, and beside it the example's two banks, so that the first transaction moves
 * money between real services. Flags go to the server; the banks' settings are in the environment (BANK_…).
 * The banks never stop the server: when they can't run, that is said, and the server goes on.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const flags = process.argv.slice(2)

/** The value of a flag of the server, in either of its forms. */
function flagValue(name: string): string | undefined {
  const index = flags.indexOf(`--${name}`)
  if (index >= 0) return flags[index + 1]
  return flags.find((flag) => flag.startsWith(`--${name}=`))?.slice(name.length + 3)
}

const { env } = process
const dataDirectory = flagValue('data-dir') ?? env.ASSENT_DATA_DIR ?? env.SEATA_DATA_DIR ?? 'data'
const port = flagValue('http-port') ?? env.ASSENT_HTTP_PORT ?? env.SEATA_HTTP_PORT ?? '36789'

const server = fork(join(root, 'packages/assent/src/command-line/main.ts'), ['start', ...flags], {
  stdio: 'inherit',
})
const banks = fork(join(root, 'examples/bank/src/main.ts'), [], {
  stdio: 'inherit',
  env: {
    ...env,
    BANK_DATA_DIR: env.BANK_DATA_DIR ?? join(dataDirectory, 'bank'),
    BANK_COORDINATOR: env.BANK_COORDINATOR ?? `http://127.0.0.1:${port}`,
  },
})

function stop(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // An interrupt typed at a terminal reaches every process by itself.
  process.on(signal, () => {
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    stop(server, signal === 'SIGHUP' ? 'SIGTERM' : signal)
  })
}

banks.on('exit', (code, signal) => {
  if (code === 0 || server.exitCode !== null) return
  console.error(`The example's banks have ended (${signal ?? `exit code ${code}`}); the server goes on.`)
})
server.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 143)
  stop(banks, 'SIGTERM')
  if (banks.connected) banks.disconnect()
})
