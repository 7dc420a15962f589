import type { KindOfServer } from '../kind.ts'

/** What there is to start a server with. It is asked in this order, and no further than needed. */
export interface Surroundings {
  binaryOf(kind: KindOfServer): Promise<string | undefined>
  dockerAnswers(): Promise<boolean>
  isRootOnDebian(): Promise<boolean>
  /** Rejects with what the package manager wrote. */
  install(kind: KindOfServer): Promise<void>
}

export type Found = { origin: 'a local binary' | "Debian's package"; binary: string } | { origin: 'Docker' }

/**
 * How a server of this kind can be started here. Rejects with what to set or install where it can not: a test that
 * needs one fails rather than being skipped.
 */
export async function findServer(kind: KindOfServer, surroundings: Surroundings): Promise<Found> {
  const binary = await surroundings.binaryOf(kind)
  if (binary) return { origin: 'a local binary', binary }
  if (await surroundings.dockerAnswers()) return { origin: 'Docker' }
  if (!(await surroundings.isRootOnDebian())) throw noServer(kind)
  try {
    await surroundings.install(kind)
  } catch (error) {
    throw noServer(kind, `Debian's package ${kind.debianPackage} could not be installed:`, error as Error)
  }
  const installed = await surroundings.binaryOf(kind)
  if (!installed) throw noServer(kind, `Debian's package ${kind.debianPackage} brought no ${kind.program}.`)
  return { origin: "Debian's package", binary: installed }
}

function noServer(kind: KindOfServer, tried = '', cause?: Error): Error {
  const help = `There is no ${kind.name} to test against: name one in ${kind.variable}, install ${kind.program}, or start Docker.`
  const text = [help, tried, cause?.message].filter(Boolean).join('\n')
  return new Error(text, { cause })
}
