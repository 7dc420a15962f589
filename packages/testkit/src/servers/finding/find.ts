import type { KindOfServer } from '../kind.ts'

/** What there is to start a server with. Asked in the order of its methods, no further than needed. */
export interface Surroundings {
  binaryOf(kind: KindOfServer): Promise<string | undefined>
  dockerAnswers(): Promise<boolean>
  isRootOnDebian(): Promise<boolean>
  /** Rejects with what the package manager wrote. */
  install(debianPackage: string): Promise<void>
}

export type Found = { origin: 'a local binary' | "Debian's package"; binary: string } | { origin: 'Docker' }

/** How a server of this kind can be started here. Rejects with what to set or install: no test is skipped for want of it. */
export async function findServer(kind: KindOfServer, surroundings: Surroundings): Promise<Found> {
  const binary = await surroundings.binaryOf(kind)
  if (binary) return { origin: 'a local binary', binary }
  if (await surroundings.dockerAnswers()) return { origin: 'Docker' }
  const help = `Name one in ${kind.variable}, put ${kind.program} on the PATH, or start Docker.`
  if (!(await surroundings.isRootOnDebian())) {
    throw new Error(`There is no ${kind.name} to test against. ${help}`)
  }
  try {
    await surroundings.install(kind.debianPackage)
  } catch (error) {
    throw new Error(
      `There is no ${kind.name} to test against, and ${kind.debianPackage} can not be installed. ${help}\n${(error as Error).message}`,
      { cause: error },
    )
  }
  const installed = await surroundings.binaryOf(kind)
  if (!installed)
    throw new Error(`${kind.debianPackage} was installed and brought no ${kind.program}. ${help}`)
  return { origin: "Debian's package", binary: installed }
}
