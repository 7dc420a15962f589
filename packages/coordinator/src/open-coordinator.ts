import { type Coordinator, type CoordinatorParts, createCoordinator } from './coordinator.ts'

/** A coordinator that closes itself at the end of an `await using` block. */
export type OpenCoordinator = Coordinator & AsyncDisposable

/**
 * Embedded mode: a coordinator in this process, open and at work. What an earlier process left unfinished on
 * the same store is taken up at once. Throws STORE_IN_USE, STORE_INVALID, STORE_UNAVAILABLE.
 *
 * @example
 * await using assent = await openCoordinator({ store: sqlite({ directory: 'data' }), transports: [http()] })
 * const ended = await assent.run({ branches: [{ branchId: '01', action: url }], waitMs: 30_000 })
 */
export async function openCoordinator(parts: CoordinatorParts): Promise<OpenCoordinator> {
  const coordinator = createCoordinator(parts)
  await coordinator.open()
  return Object.assign(coordinator, { [Symbol.asyncDispose]: () => coordinator.close() })
}
