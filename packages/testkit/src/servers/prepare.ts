import { findServer } from './finding/find.ts'
import { namedServer } from './finding/named.ts'
import { SURROUNDINGS } from './finding/surroundings.ts'
import { KINDS } from './kinds.ts'
import { pullImage } from './running/start-docker.ts'

/**
 * Sees to it that each kind of server can be started without a long wait, by installing or fetching what is missing,
 * and answers with what stands in the way of the others. Those that the environment names are left to who uses them.
 */
export async function prepareServers(): Promise<string[]> {
  const problems: string[] = []
  for (const kind of KINDS) {
    if (namedServer(kind)) continue
    try {
      const found = await findServer(kind, SURROUNDINGS)
      if (found.origin === 'Docker') await pullImage(kind)
    } catch (error) {
      problems.push((error as Error).message)
    }
  }
  return problems
}
