import { describe, expect, it } from 'vitest'
import { SimulatedProcess } from './process.ts'
import { Random } from './random.ts'
import { Schedule } from './schedule.ts'

describe('virtual time', () => {
  it('lets things happen in the order of time, and of asking at the same time', async () => {
    const schedule = new Schedule()
    const seen: string[] = []
    for (const [at, name] of [
      [5, 'b'],
      [1, 'a'],
      [5, 'c'],
      [9, 'd'],
    ] as const) {
      schedule.at(at, () => seen.push(`${name}@${schedule.now}`))
    }
    await schedule.run(() => false)
    expect(seen).toEqual(['a@1', 'b@5', 'c@5', 'd@9'])
  })

  it('finishes whatever promises an entry set off before the next entry begins', async () => {
    const schedule = new Schedule()
    const seen: string[] = []
    schedule.at(1, () => {
      void (async () => {
        for (let turn = 0; turn < 1_000; turn++) await Promise.resolve()
        seen.push('all turns of the first')
      })()
    })
    schedule.at(1, () => seen.push('the second'))
    await schedule.run(() => false)
    expect(seen).toEqual(['all turns of the first', 'the second'])
  })

  it('keeps a thousand entries in order, those taken back left out', async () => {
    const schedule = new Schedule()
    const random = new Random(3)
    const seen: number[] = []
    for (let count = 0; count < 1_000; count++) {
      const at = random.whole(0, 500)
      const cancel = schedule.at(at, () => seen.push(at))
      if (count % 3 === 0) cancel()
    }
    await schedule.run(() => false)
    expect(seen).toHaveLength(666)
    expect(seen).toEqual([...seen].sort((left, right) => left - right))
  })
})

describe('work outside of virtual time', () => {
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

  it('makes time stand still until it has settled, while what is due already still happens', async () => {
    const schedule = new Schedule()
    const seen: string[] = []
    schedule.at(1, () => {
      void schedule.outside(sleep(20)).then(() => seen.push(`settled@${schedule.now}`))
    })
    schedule.at(1, () => seen.push(`due@${schedule.now}`))
    schedule.at(2, () => seen.push(`later@${schedule.now}`))
    await schedule.run(() => false)
    expect(seen).toEqual(['due@1', 'settled@1', 'later@2'])
  })

  it('may set off what happens next, where nothing else was left', async () => {
    const schedule = new Schedule()
    const seen: string[] = []
    schedule.at(1, () => {
      void schedule.outside(sleep(5)).then(() => schedule.after(10, () => seen.push(`after@${schedule.now}`)))
    })
    await schedule.run(() => false)
    expect(seen).toEqual(['after@11'])
  })

  it('that waits for time to pass is gone on without, in the end', async () => {
    const schedule = new Schedule()
    const seen: string[] = []
    let finish = (): void => {}
    schedule.at(1, () => {
      void schedule
        .outside(new Promise<void>((resolve) => (finish = resolve)))
        .then(() => seen.push('settled'))
    })
    schedule.at(9, () => finish())
    await schedule.run(() => seen.length > 0)
    expect(seen).toEqual(['settled'])
  })
})

describe('a simulated process', () => {
  const begin = (rate = 1) => {
    const schedule = new Schedule()
    return { schedule, process: new SimulatedProcess('p#1', schedule, { rate, wallOffsetMs: 0 }) }
  }

  it('hears of nothing after it crashed, its own timers included', async () => {
    const { schedule, process } = begin()
    const seen: string[] = []
    process.after(10, () => seen.push('timer'))
    schedule.at(5, () => process.crash())
    schedule.at(20, () => process.receive(() => seen.push('message')))
    await schedule.run(() => false)
    expect(seen).toEqual([])
  })

  it('deals with what came while it was paused when it wakes, in that order', async () => {
    const { schedule, process } = begin()
    const seen: string[] = []
    process.after(10, () => seen.push(`timer@${schedule.now}`))
    schedule.at(5, () => process.pause(false))
    schedule.at(8, () => process.receive(() => seen.push(`message@${schedule.now}`)))
    schedule.at(50, () => process.wake())
    await schedule.run(() => false)
    expect(seen).toEqual(['message@50', 'timer@50'])
  })

  it('fires no timer before its own monotonic clock has come so far, where that stood still', async () => {
    const { schedule, process } = begin()
    const seen: number[] = []
    process.after(10, () => seen.push(schedule.now))
    schedule.at(5, () => process.pause(true))
    schedule.at(50, () => process.wake())
    await schedule.run(() => false)
    expect(seen).toEqual([55])
    expect(process.monotonic()).toBe(10)
  })

  it('runs its clock as fast as it drifts', async () => {
    const { schedule, process } = begin(2)
    const seen: number[] = []
    process.after(10, () => seen.push(schedule.now))
    await schedule.run(() => false)
    expect(seen).toEqual([5])
  })
})
