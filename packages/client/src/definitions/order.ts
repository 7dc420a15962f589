import type { Definition } from './definition.ts'

/** The names of all steps that come before a step, in the order in which they were written. */
export function stepsBefore({ steps }: Definition, name: string): string[] {
  const before = new Set<string>()
  const pivot = steps.findIndex((step) => step.pivot)
  const visit = (position: number): void => {
    const { after, pivot: isPivot } = steps[position] ?? { pivot: false }
    const others = after ?? (position > 0 ? [steps[position - 1]?.name ?? ''] : [])
    const first = isPivot ? steps.slice(0, position).map((step) => step.name) : []
    for (const other of [
      ...others,
      ...first,
      ...(position > pivot && pivot >= 0 ? [steps[pivot]?.name ?? ''] : []),
    ]) {
      if (before.has(other)) continue
      before.add(other)
      visit(steps.findIndex((step) => step.name === other))
    }
  }
  visit(steps.findIndex((step) => step.name === name))
  return steps.map((step) => step.name).filter((each) => before.has(each))
}
