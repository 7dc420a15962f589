import { TRANSACTION_STATE_MAX_BYTES } from '@assent/contract'
import type { Objection } from './objection.ts'
import type { Variables } from './variables.ts'

/** The largest transaction, with room for its other columns, must fit into one packet. */
const PACKET_MIN_BYTES = TRANSACTION_STATE_MAX_BYTES + 1024 * 1024

/** Why transactions can not be kept there, however durably; undefined when they can. */
export function objectionTo(variables: Variables): Objection | undefined {
  const packetBytes = Number(variables.get('max_allowed_packet') ?? 0)
  if (packetBytes < PACKET_MIN_BYTES) {
    return [
      `its max_allowed_packet is ${packetBytes} bytes, and a large transaction takes up to ${PACKET_MIN_BYTES}`,
      'set max_allowed_packet=16M or more at the server',
    ]
  }
  if (variables.get('log_bin') === 'ON' && variables.get('binlog_format') === 'STATEMENT') {
    return [
      'its binary log keeps statements, with which InnoDB can not isolate transactions as they are here (READ COMMITTED)',
      'set binlog_format=ROW or MIXED at the server',
    ]
  }
  return undefined
}
