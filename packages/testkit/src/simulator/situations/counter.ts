import type { Plan } from '../clients/plan.ts'
import type { Entry } from '../facts/fact.ts'
import type { Trace } from '../facts/trace.ts'
import { writerOf } from '../promises/history.ts'
import { ReplySituations } from './replies.ts'
import { noCounts, type Situation } from './situations.ts'

/** Within this a crash counts as "at once", virtual milliseconds. */
const AT_ONCE_MS = 500

/** Counts the situations of one run. */
export class SituationCounter {
  readonly counts = noCounts()
  private readonly plans: ReadonlyMap<string, Plan>
  private readonly callsUnderWay = new Map<string, Set<number>>()
  private readonly pivotsUnderWay = new Map<string, Set<number>>()
  private readonly toldAt = new Map<string, number>()
  private readonly stopping = new Set<string>()

  constructor(trace: Trace, plans: ReadonlyMap<string, Plan>) {
    this.plans = plans
    const replies = new ReplySituations((situation, condition) => this.note(situation, condition))
    trace.listen((entry) => {
      this.see(entry)
      replies.see(entry)
    })
  }

  private note(situation: Situation, condition = true): void {
    if (condition) this.counts[situation] += 1
  }

  private see(entry: Entry): void {
    switch (entry.kind) {
      case 'process':
        this.seeProcess(entry)
        return
      case 'batch':
        this.note('store answer lost after the commit', entry.fate === 'answer-lost')
        this.note('batch cut in the middle', entry.fate === 'cut' && entry.gids.length > 1)
        this.note('store unavailable, and sure of it', entry.fate === 'unavailable')
        return
      case 'claimed': {
        const { owner } = entry.before
        this.note(owner === null ? 'due transaction claimed' : 'orphan claimed')
        return
      }
      case 'stored':
        this.seeStored(entry)
        return
      case 'conflict':
        this.note('stale write refused by its version', entry.write.expect > 0)
        this.note('write that was read back as stored', entry.before?.writeId === entry.write.writeId)
        return
      case 'call':
        this.seeCall(entry)
        return
      case 'answer':
        this.callsUnderWay.get(entry.by)?.delete(entry.id)
        this.pivotsUnderWay.get(entry.by)?.delete(entry.id)
        this.seeAnswer(entry)
        return
      case 'handled':
        this.seeHandled(entry)
        return
      case 'told':
        this.toldAt.set(entry.by, entry.at)
        this.seeTold(entry)
        return
      case 'observed':
        this.seeObserved(entry)
        return
      case 'swept':
        this.note('transaction swept')
        return
      case 'forgotten':
        this.note('barrier rows swept')
        return
      default:
        return
    }
  }

  private seeProcess({ what, by, at }: Entry<'process'>): void {
    if (what === 'stopping') this.stopping.add(by)
    this.note('coordinator stopped gracefully', what === 'ended')
    this.note('coordinator paused', what === 'paused')
    if (what !== 'crashed' || !by.includes('#')) return
    this.note('coordinator crashed')
    this.note('call under way while its coordinator crashed', (this.callsUnderWay.get(by)?.size ?? 0) > 0)
    const pivots = this.pivotsUnderWay.get(by)?.size ?? 0
    this.note('pivot recorded, and its coordinator crashed before its answer', pivots > 0)
    this.note(
      'told, and its coordinator crashed at once',
      at - (this.toldAt.get(by) ?? -AT_ONCE_MS) < AT_ONCE_MS,
    )
  }

  private seeStored({ row, before }: Entry<'stored'>): void {
    const owner = before?.owner ?? null
    const isForeign = owner !== null && owner !== writerOf(row.writeId)
    this.note('command at a coordinator that did not own the transaction', isForeign)
    const isOpen = row.endedAt === null && row.status !== 'PREPARED'
    const process = writerOf(row.writeId).replace(/\.\d+$/, '')
    this.note('parked', row.owner === null && isOpen && !this.stopping.has(process))
    this.note('handed over on a stop', row.owner === null && isOpen && this.stopping.has(process))
    this.note('committed', row.status === 'COMMITTED')
  }

  private seeCall({ by, id, call }: Entry<'call'>): void {
    const under = this.callsUnderWay.get(by) ?? new Set<number>()
    this.callsUnderWay.set(by, under.add(id))
    if (!this.isPivotWithoutUndo(call)) return
    const pivots = this.pivotsUnderWay.get(by) ?? new Set<number>()
    this.pivotsUnderWay.set(by, pivots.add(id))
  }

  private isPivotWithoutUndo({ gid, branchId }: Entry<'call'>['call']): boolean {
    const branches = this.plans.get(gid)?.branches ?? []
    const request = branches.find((planned) => planned.request.branchId === branchId)?.request
    return request?.pivot === true && request.compensate === undefined
  }

  private seeAnswer({ answer, call }: Entry<'answer'>): void {
    if (answer.kind === 'held') return
    this.note('call timed out', answer.error === 'timed out')
    this.note('phase two refused', call.phase === 'two' && answer.outcome === 'refused')
    this.note('query answered yes', call.op === 'query' && answer.outcome === 'done')
    this.note('query answered no', call.op === 'query' && answer.outcome === 'refused')
  }

  private seeHandled({ case: which, outcome, op, origin }: Entry<'handled'>): void {
    this.note('late call refused by the barrier', which === 'late')
    this.note('undo of nothing', which === 'empty' && origin === 'inserted')
    this.note('undo of what was refused', which === 'empty' && origin === 'refused')
    this.note('duplicate call answered from its row', which === 'duplicate')
    const isUndo = op === 'compensate' || op === 'cancel' || op === 'rollback'
    this.note('undo that found its origin ongoing', isUndo && which === 'ongoing' && outcome === 'ongoing')
  }

  private seeTold({ request, answer }: Entry<'told'>): void {
    this.note('stream followed to the end', answer.kind === 'events-ended')
    if (answer.kind === 'error') {
      this.note('other content under a gid in use', answer.code === 'CONFLICT')
      const isReport = request.what === 'report' || request.what === 'resolve'
      this.note(
        'report of an operation that was not open',
        isReport && answer.code === 'INVALID_STATUS_TRANSITION',
      )
      return
    }
    this.note('resolved by an operator', request.what === 'resolve')
    if (answer.kind !== 'standing' || request.what !== 'run' || !answer.value.repeated) return
    this.note(
      'replay of an ended transaction',
      /ED$/.test(answer.value.status) && answer.value.status !== 'SUBMITTED',
    )
  }

  private seeObserved({ observation }: Entry<'observed'>): void {
    switch (observation.kind) {
      case 'incarnation':
        this.note('lease lost, and a new incarnation begun', observation.reason === 'lease-lost')
        return
      case 'ownership-lost':
        this.note('ownership lost to another coordinator')
        return
      case 'left-undriven':
        this.note('owned and not driven until an audit found it')
        return
      case 'store-failed':
        this.note('store away when a coordinator began', observation.what === 'open')
        return
      case 'row-went-back':
        this.note('row went back and was written again')
        return
      case 'held':
        this.note('call held back')
        return
      case 'decided':
        this.seeDecided(observation.reason)
        return
      default:
        return
    }
  }

  private seeDecided(reason: string | undefined): void {
    this.note('aborted by a refusal', reason === 'BRANCH_REFUSED')
    this.note('aborted by its deadline', reason === 'DEADLINE')
    this.note('aborted by attempts that ran out', reason === 'ATTEMPTS_EXHAUSTED')
    this.note('aborted by a caller', reason === 'changed its mind' || reason === 'ABORTED_BY_CALLER')
    this.note('abandoned', reason === 'ABANDONED')
  }
}
