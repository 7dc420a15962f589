import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/**
 * Sends a signal to a process and to all below it. It goes first: once stopped it can start no more of them.
 * The numbers below it are read after that, and one that has ended meanwhile is passed over.
 */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  process.kill(pid, signal)
  for (const [index, one] of treeOf(pid).entries()) {
    if (index === 0) continue
    try {
      process.kill(one, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

/** Itself first. */
function treeOf(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const [pid, parent] of existsSync('/proc/self/stat') ? parentsInProc() : parentsByPs()) {
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const tree = [root]
  for (const one of tree) tree.push(...(children.get(one) ?? []))
  return tree
}

/** Small images of Linux have no `ps`. */
function parentsInProc(): [pid: number, parent: number][] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        // "PID (NAME) STATE PARENT …", where the name may hold anything.
        const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
        return [[Number(pid), Number(parent)] as [number, number]]
      } catch {
        return []
      }
    })
}

function parentsByPs(): [pid: number, parent: number][] {
  const listed = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  return listed
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
}
