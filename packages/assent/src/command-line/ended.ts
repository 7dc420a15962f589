import type { WireStanding } from '@assent/contract/schemas'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { plain } from './table.ts'

/** What a transaction that was acted on looks like on one line. */
export function standingLine({ gid, status, failed_branch, reason }: WireStanding): string {
  const why = [
    failed_branch === undefined ? '' : `branch ${failed_branch}`,
    reason === undefined ? '' : plain(reason),
  ]
  const said = why.filter((part) => part !== '').join(': ')
  return said === '' ? `${gid}  ${status}` : `${gid}  ${status}  ${said}`
}

/** Who waited for a commit wants to know that it was none. */
export function exitOf(status: string, waited: boolean): ExitCode {
  return waited && status === 'ABORTED' ? EXIT.aborted : EXIT.ok
}
