import { ongoing, Refused } from '@assent/contract'
import { expect, it } from 'vitest'
import { callOf, gate } from '../accounts.ts'
import type { Service } from './service.ts'

const COMPLETION_MS = 200

export function aCallThatGoesOn<Transaction>(service: () => Service<Transaction>): void {
  it('keeps what its business did so far, and is ongoing until it is completed', async () => {
    const { one, effects } = service()
    await one.barrier.run(callOf('try'), async (transaction) => {
      await one.leave(transaction, 'asked the airline')
      return ongoing({ retryAfterMs: 5_000 })
    })
    expect(await one.call('try')).toEqual({ case: 'duplicate', outcome: 'ongoing', retryAfterMs: 5_000 })
    const completion = { outcome: 'done', result: '12A' } as const
    const completed = await one.barrier.complete(callOf('try'), completion, async (transaction) => {
      await one.leave(transaction, 'seat 12A')
    })
    expect(completed).toEqual({ case: 'executed', outcome: 'done', result: '12A' })
    expect(await one.call('try')).toEqual({ case: 'duplicate', outcome: 'done', result: '12A' })
    expect(await effects()).toEqual(['asked the airline', 'seat 12A'])
  })

  it('is completed once, whoever completes it at the same time', async () => {
    const { one, other, effects } = service()
    await one.barrier.run(callOf('action'), () => ongoing())
    const answers = await Promise.all(
      [one, other, one, other].map((process, number) =>
        process.barrier.complete(
          callOf('action'),
          { outcome: 'done', result: number },
          async (transaction) => void (await process.leave(transaction, String(number))),
        ),
      ),
    )
    const [first] = answers.filter((answer) => answer.case === 'executed')
    expect(answers.filter((answer) => answer.case === 'duplicate')).toHaveLength(3)
    expect(new Set(answers.map((answer) => answer.outcome === 'done' && answer.result)).size).toBe(1)
    expect(first?.outcome === 'done' && (await effects())).toEqual([
      String(first?.outcome === 'done' && first.result),
    ])
  })

  it('makes its undo wait while it is being completed', async () => {
    const { one, other, effects } = service()
    await one.barrier.run(callOf('action'), () => ongoing())
    const [begun, end] = [gate(), gate()]
    const completing = one.barrier.complete(callOf('action'), { outcome: 'done' }, async (transaction) => {
      await one.leave(transaction, 'action')
      begun.open()
      await end.passed
    })
    await begun.passed
    const undone = other.call('compensate')
    end.open()
    await completing
    expect(await undone).toMatchObject({ case: 'executed' })
    expect(await effects()).toEqual(['action', 'compensate'])
  })

  it('stays ongoing when its effect fails', async () => {
    const { one, effects } = service()
    await one.barrier.run(callOf('action'), () => ongoing())
    const failing = one.barrier.complete(callOf('action'), { outcome: 'done' }, async (transaction) => {
      await one.leave(transaction, 'half')
      throw new Error('gone')
    })
    await expect(failing).rejects.toThrow('gone')
    expect(await one.call('action')).toEqual({ case: 'duplicate', outcome: 'ongoing' })
    expect(await effects()).toEqual([])
  })

  it('is refused when its effect refuses, and its undo has nothing to do', async () => {
    const { one, effects } = service()
    await one.barrier.run(callOf('action'), () => ongoing())
    const answer = await one.barrier.complete(callOf('action'), { outcome: 'done' }, async (transaction) => {
      await one.leave(transaction, 'half')
      throw new Refused('NO_SEAT')
    })
    expect(answer).toMatchObject({ case: 'refused', refusal: { code: 'NO_SEAT' } })
    expect(await one.call('action')).toMatchObject({ case: 'duplicate', outcome: 'refused' })
    expect(await one.call('compensate')).toEqual({ case: 'empty', outcome: 'done' })
    expect(await effects()).toEqual([])
  })
}

/** Where the completion and the call do not come one after the other. */
export function aCompletionWithoutItsCall<Transaction>(service: () => Service<Transaction>): void {
  it('is completed by whoever is through before its call has committed', async () => {
    const { one, other, effects } = service()
    const [asked, end] = [gate(), gate()]
    const call = one.barrier.run(callOf('action'), async (transaction) => {
      await one.leave(transaction, 'asked')
      asked.open()
      await end.passed
      return ongoing()
    })
    await asked.passed
    let isThrough = false
    const completed = other.barrier.complete(callOf('action'), { outcome: 'done' }).finally(() => {
      isThrough = true
    })
    completed.catch(() => {})
    // Far longer than a completion takes that does not wait; one that waits is not through, however long.
    await new Promise((resolve) => setTimeout(resolve, COMPLETION_MS))
    expect(isThrough).toBe(false)
    end.open()
    expect(await call).toMatchObject({ case: 'ongoing' })
    expect(await completed).toMatchObject({ case: 'executed', outcome: 'done' })
    expect(await effects()).toEqual(['asked'])
  })

  it('can be completed only if it was made', async () => {
    const { one, rows } = service()
    await expect(one.barrier.complete(callOf('action'), { outcome: 'done' })).rejects.toMatchObject({
      code: 'BRANCH_NOT_FOUND',
    })
    expect(await rows()).toEqual([])
  })
}
