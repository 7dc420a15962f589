/** How long and how hard a crash run goes. */
export interface CrashSettings {
  /** `kill -9`s before everything is let come to rest; one more of each process ends the run. */
  kills: number
  /** Where chance begins: which transfers are made, what the banks do to calls, how long a process lives. */
  seed: number
  /** Transfers under way at once. */
  transfersAtOnce: number
  /** How the coordinator keeps its transactions; `memory` is there to show that the run finds what it loses. */
  store: 'sqlite' | 'memory'
  /** Without it the banks do what they are called for as often as they are called: likewise. */
  barrier: boolean
  /** How long everything may take to come to rest at the end, milliseconds. */
  restMs: number
}

export const DEFAULT_CRASH_SETTINGS: CrashSettings = {
  kills: 50,
  seed: 1,
  transfersAtOnce: 24,
  store: 'sqlite',
  barrier: true,
  restMs: 60_000,
}

/** `CRASH_KILLS` and `CRASH_SEED` make a run longer, or another one. */
export function crashSettings(
  environment: Readonly<Record<string, string | undefined>>,
  more: Partial<CrashSettings> = {},
): CrashSettings {
  return {
    ...DEFAULT_CRASH_SETTINGS,
    kills: wholeNumber('CRASH_KILLS', environment.CRASH_KILLS, DEFAULT_CRASH_SETTINGS.kills),
    seed: wholeNumber('CRASH_SEED', environment.CRASH_SEED, DEFAULT_CRASH_SETTINGS.seed),
    ...more,
  }
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new TypeError(`${name} must be a whole number above 0, not ${JSON.stringify(text)}`)
}
