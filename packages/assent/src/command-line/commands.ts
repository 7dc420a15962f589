import type { Command } from './command.ts'
import { config } from './commands/config.ts'
import { start } from './commands/start.ts'
import { txAbort, txResolve, txRetry, txSubmit } from './commands/tx-change.ts'
import { txGet } from './commands/tx-get.ts'
import { txList } from './commands/tx-list.ts'
import { txStart } from './commands/tx-start.ts'
import { txWatch } from './commands/tx-watch.ts'

/** Every command, in the order in which the help shows them. */
export const COMMANDS: readonly Command[] = [
  start,
  config,
  txList,
  txGet,
  txStart,
  txSubmit,
  txAbort,
  txRetry,
  txResolve,
  txWatch,
]
