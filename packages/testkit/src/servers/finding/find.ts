import type { KindOfServer } from '../kind.ts'
import type { Supply } from './supply.ts'

/** What there is to start a server with. It is asked in this order, and no further than needed. */
export interface Surroundings {
  binaryOf(kind: KindOfServer): Promise<string | undefined>
  dockerAnswers(): Promise<boolean>
  supplyOf(kind: KindOfServer): Supply
}

export type Found = { origin: 'a local binary' | Supply['origin']; binary: string } | { origin: 'Docker' }

/**
 * How a server of this kind can be started here. Rejects with what to set or install where it can not: a test that
 * needs one fails rather than being skipped.
 */
export async function findServer(kind: KindOfServer, surroundings: Surroundings): Promise<Found> {
  const find = () => surroundings.binaryOf(kind)
  const present = await find()
  if (present) return { origin: 'a local binary', binary: present }
  if (await surroundings.dockerAnswers()) return { origin: 'Docker' }
  const supply = surroundings.supplyOf(kind)
  if (!(await supply.isOpen())) throw noServer(kind)
  const brought = await supply.bring(find).catch((error: Error) => {
    throw noServer(kind, `${supply.name} could not be had:`, error)
  })
  if (!brought) throw noServer(kind, `${supply.name} brought no ${kind.program}.`)
  return { origin: supply.origin, binary: brought }
}

function noServer(kind: KindOfServer, tried = '', cause?: Error): Error {
  const variables = kind.variables.join(' or ')
  const ways = `name one in ${variables}, install ${kind.program}, start Docker, or ${kind.supply.advice}`
  const text = [`There is no ${kind.name} to test against: ${ways}.`, tried, cause?.message]
    .filter(Boolean)
    .join('\n')
  return new Error(text, { cause })
}
