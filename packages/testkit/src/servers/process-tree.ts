import { execFileSync } from 'node:child_process'

/** A process and all below it, itself first. */
export function treeOf(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const line of execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n')) {
    const [child, parent] = line.trim().split(/\s+/).map(Number)
    if (child !== undefined && parent !== undefined)
      children.set(parent, [...(children.get(parent) ?? []), child])
  }
  const tree = [pid]
  for (const one of tree) tree.push(...(children.get(one) ?? []))
  return tree
}
