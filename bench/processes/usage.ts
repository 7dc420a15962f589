import { readdirSync, readFileSync } from 'node:fs'

/** What Linux counts a process's time in. */
const TICKS_PER_SECOND = 100
const KIB_PER_MIB = 1_024

/** What a process has used since it began. */
export interface Usage {
  cpuSeconds: number
  /** Of these, its main thread: where the event loop runs. */
  mainSeconds: number
  rssMib: number
}

/** Read from /proc; zeros where there is none. */
export function usageOf(pid: number): Usage {
  try {
    const rss = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return {
      cpuSeconds: cpuSeconds(`/proc/${pid}/stat`),
      mainSeconds: cpuSeconds(`/proc/${pid}/task/${pid}/stat`),
      rssMib: Number(rss ?? 0) / KIB_PER_MIB,
    }
  } catch {
    return { cpuSeconds: 0, mainSeconds: 0, rssMib: 0 }
  }
}

/** CPU seconds that all programs of this machine have used together since it began. */
export function machineCpuSeconds(): number {
  try {
    const [, user, nice, system, , , interrupts, softInterrupts, stolen] = readFileSync('/proc/stat', 'utf8')
      .split(/\s+/, 9)
      .map(Number)
    const ticks = [user, nice, system, interrupts, softInterrupts, stolen]
    return ticks.reduce((sum: number, each) => sum + (each ?? 0), 0) / TICKS_PER_SECOND
  } catch {
    return 0
  }
}

/** CPU seconds of this process and of those that it started and that have ended. */
export function ownCpuSeconds(): number {
  try {
    const text = readFileSync('/proc/self/stat', 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND
  } catch {
    return 0
  }
}

/** CPU seconds of each thread of a process, those that used most first. */
export function threadsOf(pid: number): { name: string; cpuSeconds: number }[] {
  return readdirSync(`/proc/${pid}/task`)
    .map((id) => ({
      name: id === String(pid) ? 'main' : readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim(),
      cpuSeconds: cpuSeconds(`/proc/${pid}/task/${id}/stat`),
    }))
    .sort((one, other) => other.cpuSeconds - one.cpuSeconds)
}

function cpuSeconds(path: string): number {
  const text = readFileSync(path, 'utf8')
  // The second field is a name in parentheses, and may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
