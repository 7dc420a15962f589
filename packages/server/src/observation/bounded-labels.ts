/** Distinct values that a label takes; what users name must not grow a metric without end. */
export const LABEL_VALUES_MAX = 100
/** Stands for all values beyond that. */
export const OTHER = 'other'

/** Lets the first values through as they are, and calls all later ones the same. */
export function boundedLabel(valuesMax = LABEL_VALUES_MAX): (value: string) => string {
  const known = new Set<string>()
  return (value) => {
    if (known.has(value)) return value
    if (known.size >= valuesMax) return OTHER
    known.add(value)
    return value
  }
}
