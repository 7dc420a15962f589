/** Starts the banks: `node src/main.ts`, and `--help` for what can be set. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { type Asked, type BankName, helpText, readSettings } from './settings.ts'
import { startBank } from './start.ts'

/** Stops once, on whichever comes first: a signal, or the end of the process that started this one. */
function onStop(stop: () => void): void {
  let stopping = false
  const stopOnce = () => {
    if (stopping) return
    stopping = true
    stop()
  }
  process.on('SIGINT', stopOnce).on('SIGTERM', stopOnce).on('disconnect', stopOnce)
}

async function runOne(name: BankName, asked: Asked): Promise<void> {
  const starting = startBank(asked.settingsOf(name))
  onStop(() => void starting.then((bank) => bank.stop()).then(() => process.exit()))
  const bank = await starting
  const instead = bank.takenPort === undefined ? '' : ` (port ${bank.takenPort} is taken)`
  console.log(`bank ${name} listens on ${bank.url}${instead}, its accounts are in ${bank.file}`)
  // Whoever forked this process is told where the bank listens.
  process.send?.({ bank: name, url: bank.url })
}

/** Two banks are two processes: they share nothing, and one may be killed without the other. */
async function runApart(asked: Asked): Promise<void> {
  for (const name of asked.names) asked.settingsOf(name)
  const children = asked.names.map((name) => forkOne(name, asked.flags))
  onStop(() => {
    for (const child of children) child.kill('SIGTERM')
  })
  await Promise.all(children.map((child) => once(child, 'exit')))
  leaveParent()
}

function forkOne(name: BankName, flags: readonly string[]): ChildProcess {
  const child = fork(import.meta.filename, [name, ...flags])
  child.on('message', (message) => process.send?.(message))
  child.on('exit', (code, signal) => {
    if (code === 0) return
    console.error(`bank ${name} has ended (${signal ?? `exit code ${code}`})`)
    process.exitCode = 1
  })
  return child
}

/** A process that listens for the end of the one that forked it would not end before. */
function leaveParent(): void {
  if (process.connected) process.disconnect()
}

try {
  const asked = readSettings(process.argv.slice(2), process.env)
  const [first, ...others] = asked.names
  if (asked.help) console.log(helpText())
  else if (first && others.length === 0) await runOne(first, asked)
  else await runApart(asked)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
  leaveParent()
}
