import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refuseTakenPorts } from './ports.ts'
import { findSurroundings } from './surroundings.ts'
import { prepareSystem, type System } from './system.ts'

/** What a shell says of a program that Ctrl-C has ended. */
const INTERRUPTED = 130

/** Told to stop by a person or by the system. */
class Interrupted extends Error {}

/**
 * Starts everything, does what is to be done with it, and ends it, also when told to stop meanwhile; then the signal
 * fires. What went wrong is said in a sentence or two, and the process ends with an exit code other than 0.
 */
export async function withSystem(
  work: (system: System, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stopping.abort(new Interrupted()))
  }
  const folder = mkdtempSync(join(tmpdir(), 'assent-order-saga-'))
  try {
    await startAndDo(folder, work, stopping.signal)
    rmSync(folder, { recursive: true })
  } catch (error) {
    if (stopping.signal.aborted) {
      process.exitCode = INTERRUPTED
      rmSync(folder, { recursive: true, force: true })
      return
    }
    process.exitCode = 1
    console.error((error as Error).message)
    if (readdirSync(folder).length > 0) console.error(`The services' logs are in ${folder}`)
    else rmSync(folder, { recursive: true })
  }
}

async function startAndDo(
  folder: string,
  work: (system: System, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  await refuseTakenPorts()
  await using surroundings = await findSurroundings(process.env)
  for (const line of surroundings.words) console.log(line)
  await using system = await prepareSystem({ ...surroundings, folder })
  signal.throwIfAborted()
  const told = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  await Promise.race([system.start(), told])
  for (const { name, url } of system.all) console.log(`${name} on ${url}`)
  await work(system, signal)
}
