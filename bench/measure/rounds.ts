import { setTimeout as sleep } from 'node:timers/promises'
import type { Load, Seen } from '../processes/load.ts'
import { machineCpuSeconds, type Usage, usageOf } from '../processes/usage.ts'
import { median } from './median.ts'

/** One of the things that are compared. */
export interface Side<Asked extends Load = Load> {
  name: string
  load: Asked
  /** The processes that take part, by what they are called in the report; each counts with those that it started. */
  processes: Readonly<Record<string, number>>
}

/** What makes the load. */
export interface Loader<Asked extends Load> {
  pid: number
  run(load: Asked): Promise<Seen>
}

export interface Measured {
  side: Side
  rounds: readonly Round[]
}

/** What a side did in one round. */
export interface Round {
  seen: Seen
  processes: Readonly<Record<string, Spent>>
  /** Cores that programs of others took meanwhile: what they take, no side can have. */
  othersCores: number
}

/** What a process spent in one round. */
export interface Spent {
  cpuSeconds: number
  /** On the main thread, for each answer. */
  mainMicroseconds: number
  /** On all threads, for each answer. */
  cpuMicroseconds: number
  /** Of one core, while the round went on. */
  cores: number
  rssMib: number
}

const MICROSECONDS_PER_SECOND = 1_000_000

/** Where other programs take more of the machine than this, a turn measures them too. */
const QUIET_CORES = 0.25
/** Turns that must have been quiet before those that were not are left out. */
const QUIET_TURNS_MIN = 3
/** How much longer than asked for it may go on to find quiet turns, and how long to wait before each. */
const TURNS_FACTOR_MAX = 2
const QUIET_WAIT_MAX_MS = 8_000
const LOOK_MS = 500

/**
 * Each side once, to get warm; then one after the other, turn after turn, so that what drifts, drifts for all.
 * Turns amid which other programs were at work are made up for, and left out if there are enough others.
 */
export async function interleaved<Asked extends Load>(
  load: Loader<Asked>,
  sides: readonly Side<Asked>[],
  rounds: number,
  warmSeconds: number,
): Promise<readonly Measured[]> {
  for (const side of sides) await load.run({ ...side.load, seconds: warmSeconds })
  const turns: Round[][] = []
  const quiet = (): Round[][] => turns.filter(isQuiet)
  while (quiet().length < rounds && turns.length < rounds * TURNS_FACTOR_MAX) {
    await untilQuiet()
    const turn: Round[] = []
    for (const side of sides) turn.push(await run(load, side))
    turns.push(turn)
    console.log(`  turn ${turns.length}: ${sides.map((side, place) => told(side, turn[place])).join('; ')}`)
  }
  const counted = quiet().length >= QUIET_TURNS_MIN ? quiet() : turns
  return sides.map((side, place) => ({ side, rounds: counted.flatMap((turn) => turn[place] ?? []) }))
}

const isQuiet = (turn: readonly Round[]): boolean =>
  turn.every(({ othersCores }) => othersCores <= QUIET_CORES)

async function untilQuiet(): Promise<void> {
  const late = performance.now() + QUIET_WAIT_MAX_MS
  while (performance.now() < late) {
    const before = machineCpuSeconds()
    await sleep(LOOK_MS)
    if (machineCpuSeconds() - before <= (QUIET_CORES * LOOK_MS) / 1_000) return
  }
}

function told({ name }: Side, round: Round | undefined): string {
  const { seen, othersCores = 0 } = round ?? {}
  return `${name} ${Math.round(seen?.rate ?? 0)}/s (others took ${othersCores.toFixed(1)} cores)`
}

async function run<Asked extends Load>(load: Loader<Asked>, side: Side<Asked>): Promise<Round> {
  const pids = Object.entries({ ...side.processes, load: load.pid })
  const before = pids.map(([, pid]) => usageOf(pid))
  const machineBefore = machineCpuSeconds()
  const beganMs = performance.now()
  const seen = await load.run(side.load)
  const seconds = (performance.now() - beganMs) / 1_000
  const machineSeconds = machineCpuSeconds() - machineBefore
  const processes: Record<string, Spent> = {}
  for (const [place, [name, pid]] of pids.entries()) {
    const was = before[place]
    if (was !== undefined) processes[name] = spent(was, usageOf(pid), seen.answers, seconds)
  }
  const ownSeconds = Object.values(processes).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
  return { seen, processes, othersCores: Math.max(0, (machineSeconds - ownSeconds) / seconds) }
}

function spent(before: Usage, after: Usage, answers: number, seconds: number): Spent {
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds
  const mainSeconds = after.mainSeconds - before.mainSeconds
  return {
    cpuSeconds,
    mainMicroseconds: (mainSeconds * MICROSECONDS_PER_SECOND) / answers,
    cpuMicroseconds: (cpuSeconds * MICROSECONDS_PER_SECOND) / answers,
    cores: cpuSeconds / seconds,
    rssMib: after.rssMib,
  }
}

/** The median of what was read from each round. */
export function medianOf({ rounds }: Measured, read: (round: Round) => number): number {
  return median(rounds.map(read))
}

/** How many times as fast one side was as the other: the median over the rounds, and the lowest and highest. */
export function ratioOf(one: Measured, other: Measured): { median: number; least: number; most: number } {
  const ratios = one.rounds.map(
    ({ seen }, round) => seen.rate / (other.rounds[round]?.seen.rate ?? Number.NaN),
  )
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) }
}
