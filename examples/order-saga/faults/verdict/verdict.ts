import type { Evidence } from '../evidence/evidence.ts'
import { messagesAstray } from './messages.ts'
import { moneyAstray } from './money.ts'
import { ordersWithoutEnd } from './orders.ts'
import { stockAstray } from './stock.ts'

/** Every promise that is broken, a sentence for each time; nothing when all were kept. */
export function verdict(evidence: Evidence): string[] {
  return [
    ...ordersWithoutEnd(evidence),
    ...moneyAstray(evidence),
    ...stockAstray(evidence),
    ...messagesAstray(evidence),
  ]
}
