import { readdirSync, readFileSync } from 'node:fs'

/** What Linux counts a process's time in. */
const TICKS_PER_SECOND = 100
const KIB_PER_MIB = 1_024

/** What a process and those that it started have used since it began. */
export interface Usage {
  cpuSeconds: number
  /** Of these, its main thread: where the event loop runs. */
  mainSeconds: number
  /** Of those that it started only what each has alone: they share the rest, as a database's sessions do. */
  rssMib: number
}

/** Read from /proc; zeros where there is none. */
export function usageOf(pid: number): Usage {
  try {
    const started = startedBy(pid)
    const all = [pid, ...started]
    return {
      cpuSeconds: all.reduce((sum, each) => sum + cpuSecondsWithEnded(each), 0),
      mainSeconds: cpuSeconds(`/proc/${pid}/task/${pid}/stat`),
      rssMib: memoryMib(pid, 'VmRSS') + started.reduce((sum, each) => sum + memoryMib(each, 'RssAnon'), 0),
    }
  } catch {
    return { cpuSeconds: 0, mainSeconds: 0, rssMib: 0 }
  }
}

/** The processes that a process has started, and those that they have. */
function startedBy(pid: number): number[] {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const child = Number(name)
    if (!Number.isInteger(child)) continue
    const parent = Number(fieldsOf(`/proc/${child}/stat`)?.[1])
    parents.set(parent, [...(parents.get(parent) ?? []), child])
  }
  const found: number[] = []
  for (let next = parents.get(pid) ?? []; next.length > 0; ) {
    found.push(...next)
    next = next.flatMap((child) => parents.get(child) ?? [])
  }
  return found
}

function memoryMib(pid: number, name: string): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readOrNothing(`/proc/${pid}/status`))?.[1]
  return Number(kib ?? 0) / KIB_PER_MIB
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
  return cpuSecondsWithEnded('self')
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
  const fields = fieldsOf(path)
  return (Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0)) / TICKS_PER_SECOND
}

/** Of a process and of those that it started, waited for, and that have ended. */
function cpuSecondsWithEnded(pid: number | 'self'): number {
  const fields = fieldsOf(`/proc/${pid}/stat`) ?? []
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND
}

/** The fields from the third on: the second is a name in parentheses, and may hold spaces. */
function fieldsOf(path: string): string[] | undefined {
  const text = readOrNothing(path)
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** A process may end between being listed and being read. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
