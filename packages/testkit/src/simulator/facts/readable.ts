import { readState } from '@assent/coordinator'
import type { Observation } from '@assent/engine'
import type { Told } from '../clients/asked.ts'
import type { Entry } from './fact.ts'

const TIME_WIDTH = 10
const BY_WIDTH = 12

/** One line for people: time (virtual seconds), who, what. The same entry, the same line. */
export function readable(entry: Entry): string {
  const time = (entry.at / 1_000).toFixed(4).padStart(TIME_WIDTH)
  return `${time}  ${entry.by.padEnd(BY_WIDTH)}  ${what(entry)}`
}

/** The transaction that an entry is about; undefined when it is about none, or many. */
export function gidOf(entry: Entry): string | undefined {
  switch (entry.kind) {
    case 'asked':
    case 'told':
      return 'gid' in entry.request.request ? entry.request.request.gid : undefined
    case 'sent':
    case 'stored':
    case 'conflict':
      return entry.write.gid
    case 'claimed':
      return entry.row.gid
    case 'went-back':
      return entry.to.gid
    case 'call':
    case 'answer':
      return entry.call.gid
    case 'swept':
    case 'application-call':
    case 'handled':
    case 'forgotten':
    case 'local':
    case 'command':
    case 'reply':
    case 'delivered':
    case 'acknowledged':
    case 'given-back':
      return entry.gid
    case 'observed':
      return 'gid' in entry.observation ? entry.observation.gid : undefined
    case 'application':
    case 'process':
    case 'weather':
    case 'lease':
    case 'lost':
    case 'batch':
    case 'group':
      return undefined
  }
}

function what(entry: Entry): string {
  switch (entry.kind) {
    case 'process':
    case 'weather':
      return entry.what
    case 'application':
      return entry.application === ''
        ? "can call nobody's functions"
        : `can call the functions of ${entry.application}`
    case 'asked':
      return `is asked to ${entry.request.what} ${JSON.stringify(entry.request.request)} (${entry.ask})`
    case 'told':
      return `answers ${entry.request.what} (${entry.ask}): ${told(entry.answer)}`
    case 'lease':
      return `lease of ${entry.incarnation} ${entry.what}, until ${(entry.until / 1_000).toFixed(3)}`
    case 'sent': {
      const { gid, expect, status, owner, writeId } = entry.write
      return `sends ${gid} as ${status} on top of ${expect}, owner ${owner ?? 'none'}, write ${writeId}`
    }
    case 'stored':
      return `keeps ${stateOf(entry)}`
    case 'conflict': {
      const { gid, expect, writeId } = entry.write
      return `refuses write ${writeId} of ${gid} on top of ${expect}: it has ${entry.before?.version ?? 'no row'}`
    }
    case 'claimed':
      return `gives ${entry.row.gid} ${entry.row.version} to ${entry.row.owner} (was ${entry.before.owner ?? "nobody's"})`
    case 'went-back':
      return `LOSES ${entry.from.gid} ${entry.from.version}, back to ${entry.to.version}`
    case 'swept':
      return `leaves a tombstone of ${entry.gid}`
    case 'lost':
      return `does not hear what became of its ${entry.what}`
    case 'batch':
      return `asks for ${entry.gids.length} writes: ${entry.fate}`
    case 'call': {
      const { gid, branchId, op, attempt, headers, body } = entry.call
      const outcome = headers['assent-action-outcome']
      const said = outcome === undefined ? '' : ` (${outcome})`
      return `calls ${op}${said} of ${gid}/${branchId ?? ''} #${attempt} ${JSON.stringify(body) ?? ''} <${entry.id}>`
    }
    case 'answer': {
      const { answer, call } = entry
      const how =
        answer.kind === 'held' ? `held: ${answer.reason}` : `${answer.outcome} ${answer.error ?? ''}`
      return `hears of ${call.op} of ${call.gid}/${call.branchId ?? ''} <${entry.id}>: ${how}`
    }
    case 'application-call':
      return `calls ${entry.op} of ${entry.gid}/${entry.branchId} itself`
    case 'handled':
      return `${entry.op} of ${entry.gid}/${entry.branchId}: ${entry.case}, ${entry.outcome}${entry.took ? ' TOOK EFFECT' : ''}`
    case 'command':
      return `has command ${entry.id} ${entry.what}: ${questionOf(entry)}`
    case 'reply':
      return `keeps reply ${entry.id}: ${questionOf(entry)} is ${entry.outcome}`
    case 'delivered':
      return `is given reply ${entry.reply} (${entry.delivery})${entry.isAwaited ? ', which it waits for' : ''}: ${questionOf(entry)} is ${entry.outcome}`
    case 'acknowledged':
      return `acknowledges reply ${entry.reply} (${entry.delivery}) as ${entry.as}`
    case 'given-back':
      return `gives reply ${entry.reply} (${entry.delivery}) back`
    case 'group':
      return `lets the partitions be read by ${entry.holders.join(', ')}`
    case 'forgotten':
      return `sweeps its rows of ${entry.gid}`
    case 'local':
      return `has ${entry.state} what ${entry.gid} belongs to`
    case 'observed':
      return `reports ${observed(entry.observation)}`
  }
}

function questionOf({
  gid,
  branchId,
  op,
}: {
  gid: string
  branchId: string | undefined
  op: string
}): string {
  return `${op} of ${gid}/${branchId ?? ''}`
}

function stateOf({ row }: Entry<'stored'>): string {
  const transaction = readState(row)
  const branches = transaction.branches.map((branch) => {
    const open = branch.open === undefined ? '' : ` ${branch.open.op}@${branch.open.dueAt % 1_000_000}`
    const flags = `${branch.maybeDone ? '?' : ''}${branch.told === undefined ? '' : `!${branch.told.outcome}`}`
    return `${branch.request.branchId}=${branch.status}${flags}${open}${branch.inFlight === undefined ? '' : '~'}`
  })
  const owner = row.owner === null ? 'parked' : row.owner
  return `${row.gid} ${row.version} ${row.status} ${owner} [${branches.join(' ')}] by ${row.writeId}`
}

function told(answer: Told): string {
  switch (answer.kind) {
    case 'error':
      return `${answer.code}: ${answer.message}`
    case 'view':
      return `${answer.value.status}`
    case 'event':
      return `version ${answer.version}, ${answer.value.status}`
    case 'views':
      return `${answer.value.length} transactions`
    case 'events-ended':
      return 'the end of the stream'
    case 'accepted':
    case 'standing':
    case 'branch':
    case 'tried':
    case 'decided':
    case 'ended':
      return JSON.stringify(answer.value)
  }
}

function observed(observation: Observation): string {
  const { kind, ...rest } = observation
  return `${kind} ${JSON.stringify(rest)}`
}
