import { type Store, StoreUnavailable, type TransactionWrite, type WriteAnswer } from '@assent/engine'
import { describe, expect, it } from 'vitest'
import { type Writable, Writer } from './writer.ts'

const clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(ms: number, callback: () => void) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
  soon: (callback: () => void) => void setImmediate(callback),
}
const silent = { observe: () => {} }

/** Only what the writer asks of a store, with the commits under the test's control. */
function controlledStore() {
  const commits: { batch: readonly TransactionWrite[]; answer: (how: 'stored' | Error) => void }[] = []
  const rows = new Map<string, { gid: string; version: number; writeId: string }>()
  const store = {
    write: (batch: readonly TransactionWrite[]) =>
      new Promise<WriteAnswer[]>((resolve, reject) => {
        const answer = (how: 'stored' | Error): void => {
          if (how === 'stored') resolve(batch.map(() => ({ outcome: 'stored' })))
          else reject(how)
        }
        commits.push({ batch, answer })
      }),
    read: async (gids: readonly string[]) => gids.map((gid) => rows.get(gid)),
  } as unknown as Store
  return { store, commits, rows }
}

function writable(gid: string, heard: string[], again = false): Writable {
  let tries = 0
  return {
    gid,
    nextWrite: () => {
      tries += 1
      return { gid, writeId: `${gid}.${tries}`, expect: 0, state: '{}' } as unknown as TransactionWrite
    },
    written: (write, answer) => void heard.push(`${write.writeId} ${answer.outcome}`),
    unavailable: (write) => {
      heard.push(`${write.writeId} unavailable`)
      return again
    },
  }
}

const tick = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)))

describe('group commit', () => {
  it('takes whatever has piled up while commits were in flight, in the order of gids', async () => {
    const { store, commits } = controlledStore()
    const writer = new Writer(store, clock, silent)
    const heard: string[] = []
    writer.enqueue(writable('a', heard))
    await tick()
    writer.enqueue(writable('b', heard))
    await tick()
    for (const gid of ['e', 'c', 'd']) writer.enqueue(writable(gid, heard))
    await tick()
    expect(commits.map(({ batch }) => batch.map((write) => write.gid))).toEqual([['a'], ['b']])
    commits[0]?.answer('stored')
    await tick()
    expect(commits[2]?.batch.map((write) => write.gid)).toEqual(['c', 'd', 'e'])
    expect(heard).toEqual(['a.1 stored'])
  })

  it('asks again when the store knows that nothing was written, and forgets what is not wanted any more', async () => {
    const { store, commits } = controlledStore()
    const writer = new Writer(store, clock, silent)
    const heard: string[] = []
    writer.enqueue(writable('kept', heard, true))
    writer.enqueue(writable('left', heard, false))
    await tick()
    commits[0]?.answer(new StoreUnavailable('away'))
    await new Promise((resolve) => setTimeout(resolve, 60))
    commits[1]?.answer('stored')
    await writer.stop(1_000)
    expect(heard).toEqual(['kept.1 unavailable', 'left.1 unavailable', 'kept.2 stored'])
  })

  it('reads back when the answer got lost: its own write id means stored', async () => {
    const { store, commits, rows } = controlledStore()
    const writer = new Writer(store, clock, silent)
    const heard: string[] = []
    for (const gid of ['lost', 'other', 'stored']) writer.enqueue(writable(gid, heard, gid === 'lost'))
    await tick()
    rows.set('stored', { gid: 'stored', version: 1, writeId: 'stored.1' })
    rows.set('other', { gid: 'other', version: 1, writeId: 'somebody' })
    commits[0]?.answer(new Error('connection lost'))
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(heard).toEqual(['lost.1 unavailable', 'other.1 conflict', 'stored.1 stored'])
    expect(commits[1]?.batch.map((write) => write.writeId)).toEqual(['lost.2'])
  })

  it('has at most one write of a transaction in flight, in one batch and in two', async () => {
    const { store, commits } = controlledStore()
    const writer = new Writer(store, clock, silent)
    const heard: string[] = []
    const sent = (): string[][] => commits.map(({ batch }) => batch.map((write) => write.gid))
    for (const gid of ['a', 'b', 'a']) writer.enqueue(writable(gid, heard))
    await tick()
    writer.enqueue(writable('b', heard))
    await tick()
    expect(sent()).toEqual([['a', 'b']])
    writer.enqueue(writable('c', heard))
    await tick()
    expect(sent()).toEqual([['a', 'b'], ['c']])
    commits[1]?.answer('stored')
    await tick()
    expect(sent()).toHaveLength(2)
    commits[0]?.answer('stored')
    await tick()
    expect(sent()).toEqual([['a', 'b'], ['c'], ['a', 'b']])
    commits[2]?.answer('stored')
    await writer.stop(1_000)
    expect(heard).toHaveLength(5)
  })

  it('has at most one in flight of a transaction that was told before the others of its commit', async () => {
    const { store, commits } = controlledStore()
    const writer = new Writer(store, clock, silent)
    const heard: string[] = []
    const first: Writable = writable('a', heard)
    const telling = first.written.bind(first)
    first.written = (write, answer) => {
      telling(write, answer)
      writer.enqueue(first)
    }
    writer.enqueue(first)
    for (let count = 0; count < 200; count++) writer.enqueue(writable(`b${count}`, heard))
    await tick()
    commits[0]?.answer('stored')
    await expect.poll(() => heard.length).toBe(201)
    // What the first one set off was sent while the others were told.
    expect(heard[0]).toBe('a.1 stored')
    expect(commits.map(({ batch }) => batch.length)).toEqual([201, 1])
    writer.enqueue(writable('a', heard))
    await tick()
    expect(commits).toHaveLength(2)
    first.written = telling
    commits[1]?.answer('stored')
    await tick()
    expect(commits).toHaveLength(3)
    commits[2]?.answer('stored')
    await writer.stop(1_000)
    expect(heard).toHaveLength(203)
  })

  it('tells the others of a commit when one of them fails at it', async () => {
    const { store, commits } = controlledStore()
    const faults: string[] = []
    const observer = { observe: ({ kind }: { kind: string }) => void faults.push(kind) }
    const writer = new Writer(store, clock, observer)
    const heard: string[] = []
    const failing = writable('a', heard)
    failing.written = () => {
      throw new Error('a fault of ours')
    }
    for (const each of [failing, writable('b', heard)]) writer.enqueue(each)
    await tick()
    commits[0]?.answer('stored')
    await writer.stop(1_000)
    expect(heard).toEqual(['b.1 stored'])
    expect(faults).toEqual(['fault', 'commit'])
  })
})
