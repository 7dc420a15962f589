/** What a script can tell from how the command ended. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  aborted: 4,
  portTaken: 5,
  store: 6,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'all went well; a transaction that was waited for is committed, or still open when the wait was over',
  failed: 'the server answered an error, or the command failed',
  usage: 'the command line or the configuration is wrong',
  unreachable: 'no server could be reached at the URL',
  aborted: 'the transaction that was waited for is aborted',
  portTaken: 'start: another program listens on the port',
  store:
    'start: the store can not be used: in use by another process, damaged, foreign, closed to us, weaker than accepted, or failed for good',
}
