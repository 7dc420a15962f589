import type { CallId } from '../barrier/call.ts'
import type { StoredAnswer } from '../barrier/decision.ts'
import type { Branches } from './branches.ts'
import type { Registration } from './registrations.ts'
import { prepareOf } from './xa.ts'

/** What is committed of a branch: its two rows, and its registration. */
export interface Standing {
  prepare: StoredAnswer | undefined
  end: StoredAnswer | undefined
  registration: Registration | undefined
}

export function standingOf(branches: Branches<unknown>, call: CallId): Promise<Standing> {
  const { rows, registrations } = branches
  return branches.read(async (session) => ({
    prepare: rows.found(await session.run(rows.look(prepareOf(call)))),
    end: rows.found(await session.run(rows.look(call))),
    registration: registrations.found(await session.run(registrations.find(call))),
  }))
}
