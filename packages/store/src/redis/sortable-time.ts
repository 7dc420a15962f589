/** What the digits' number of a time of 1970 or later is added to, and that of an earlier one taken from. */
const MIDDLE = 50

/**
 * Epoch milliseconds as text that sorts as the numbers do, whatever they are: two digits say how long the number is,
 * and then it follows. Digits only, because Redis compares some text as its machine's language does.
 */
export function sortableTime(time: number): string {
  const digits = String(Math.abs(time))
  return time >= 0 ? `${MIDDLE + digits.length}${digits}` : `${MIDDLE - digits.length}${complement(digits)}`
}

/** What `sortableTime` was given. */
export function timeOf(sortable: string): number {
  const length = Number(sortable.slice(0, 2)) - MIDDLE
  const digits = sortable.slice(2)
  return length > 0 ? Number(digits) : -Number(complement(digits))
}

/** The more a time lies before 1970, the sooner it sorts. */
function complement(digits: string): string {
  return digits.replace(/\d/g, (digit) => String(9 - Number(digit)))
}
