import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type Expected } from './client.ts'
import { post, type Reply } from './exchange.ts'
import type { TransferRecord } from './record.ts'
import { type Body, branches, FOLLOWING_WAIT_MS, startBody, wait } from './requests.ts'
import type { Surroundings } from './surroundings.ts'
import { TAKE, type Transfer } from './transfer.ts'

/** Steps that come too late are told so: the deadline, or whoever decided before, has been quicker. */
const DECIDED = 'INVALID_STATUS_TRANSITION'
const STEP: Expected = [200, DECIDED]
const DECISION: Expected = [200, 202, DECIDED, 'BRANCH_UNDECIDED']

/** How often the application asks a bank by itself, before it takes the outcome for unknown. */
const OWN_CALLS_MAX = 3
const OWN_CALL_PAUSE_MS = 30

/** Carries out one transfer as an application would, and writes into the record what it was told. */
export async function carryOut(record: TransferRecord, around: Surroundings): Promise<void> {
  const { transfer } = record
  const client = new Client(around, record)
  const steps = { client, record, transfer, branches: branches(transfer, around.banks) }
  await takeCourse(steps)
  if (record.acknowledged && !record.gaveUp) await follow(steps)
}

function takeCourse(steps: Steps): Promise<void> {
  switch (steps.transfer.course) {
    case 'saga at once':
    case 'tcc at once':
      return atOnce(steps)
    case 'saga in steps':
      return sagaInSteps(steps)
    case 'saga with a branch of its own':
      return sagaWithOwnBranch(steps)
    case 'tcc in steps':
      return tccInSteps(steps)
  }
}

/** What the client does once the transfer is on its way, at whichever coordinator it turns to. */
async function follow(steps: Steps): Promise<void> {
  const { client, transfer } = steps
  const path = `/api/tx/${transfer.gid}`
  switch (transfer.following) {
    case 'nothing':
      return
    case 'wait':
      await client.get(`${path}?wait=${FOLLOWING_WAIT_MS}`, [200])
      return
    case 'events':
      return client.watch()
    case 'retry':
      await client.post(`${path}/retry`, {}, STEP)
      return
    case 'abort':
      return decide(steps, 'abort')
  }
}

interface Steps {
  client: Client
  record: TransferRecord
  transfer: Transfer
  branches: readonly [take: Body, give: Body]
}

async function atOnce({ client, transfer, branches: [take, give] }: Steps): Promise<void> {
  await client.post(
    '/api/tx',
    { ...startBody(transfer), branches: [take, give], ...wait(transfer) },
    [200, 201],
  )
}

async function sagaInSteps(steps: Steps): Promise<void> {
  const { client, transfer } = steps
  if (!(await client.post('/api/start', startBody(transfer), [200]))) return
  for (const branch of steps.branches) {
    if (!(await enter(steps, 'add', branch, STEP))) return
  }
  await end(steps)
}

async function sagaWithOwnBranch(steps: Steps): Promise<void> {
  const { client, transfer } = steps
  const [take, give] = steps.branches
  const { gid } = transfer
  if (!(await client.post('/api/start', startBody(transfer), [200]))) return
  if (!(await enter(steps, 'add', { ...take, driven_by: 'application' }, STEP))) return
  if (!(await enter(steps, 'add', give, STEP))) return
  const own = await callBank(gid, String(take.action), take.payload)
  if (own === 'unknown') return decide(steps, 'abort')
  const report = own === 'done' ? 'succeed' : 'fail'
  if (!(await client.post(`/api/branch/${report}`, { gid, branch_id: TAKE }, STEP))) return
  if (own === 'refused') return decide(steps, 'abort')
  await end(steps)
}

async function tccInSteps(steps: Steps): Promise<void> {
  const { client, transfer } = steps
  if (!(await client.post('/api/start', startBody(transfer), [200]))) return
  for (const branch of steps.branches) {
    const tried = await enter(steps, 'try', branch, [...STEP, 202, 'BRANCH_REFUSED'])
    if (!tried) return
    if (tried.body.code === 'BRANCH_REFUSED') return decide(steps, 'abort')
  }
  await end(steps)
}

/** Adds or tries a branch. Undefined when it is not part of the transaction: then nothing may be done for it. */
async function enter(
  { client, record, transfer }: Steps,
  how: 'add' | 'try',
  branch: Body,
  expected: Expected,
): Promise<Reply | undefined> {
  const reply = await client.post(`/api/branch/${how}`, { gid: transfer.gid, ...branch }, expected)
  const isKept = reply !== undefined && (reply.status < 300 || reply.body.code === 'BRANCH_REFUSED')
  if (!isKept) return undefined
  record.branches.push(String(branch.branch_id))
  return reply
}

/** As the transfer was drawn. */
async function end(steps: Steps): Promise<void> {
  const { ending, course } = steps.transfer
  if (ending === 'leave') return
  const inBranches = ending === 'confirm' || ending === 'cancel'
  await decide(steps, inBranches && course !== 'tcc in steps' ? 'submit' : ending)
}

async function decide(
  { client, transfer }: Steps,
  ending: 'submit' | 'abort' | 'confirm' | 'cancel',
): Promise<void> {
  const { gid } = transfer
  if (ending === 'submit' || ending === 'abort') {
    const reply = await client.post(`/api/${ending}`, { gid, ...wait(transfer) }, DECISION)
    if (ending === 'abort' && reply?.status === 200) client.decided('abort')
    return
  }
  const reply = await client.post(`/api/branch/${ending}`, { gid, branch_id: TAKE }, DECISION)
  if (reply !== undefined && reply.status < 300) client.decided(ending === 'confirm' ? 'commit' : 'abort')
}

async function callBank(gid: string, url: string, payload: unknown): Promise<'done' | 'refused' | 'unknown'> {
  const headers = { 'assent-gid': gid, 'assent-branch-id': TAKE, 'assent-op': 'action' }
  for (let call = 0; call < OWN_CALLS_MAX; call += 1) {
    const reply = await post(url, payload, headers)
    if (typeof reply === 'object' && reply.status === 200) return 'done'
    if (typeof reply === 'object' && reply.status === 409) return 'refused'
    await sleep(OWN_CALL_PAUSE_MS)
  }
  return 'unknown'
}
