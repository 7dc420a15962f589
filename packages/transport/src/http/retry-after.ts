const SECONDS = /^\d{1,10}$/
/** The date that HTTP prescribes: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** Milliseconds from a `Retry-After` header, in seconds or as a date; undefined for anything else. `wall` is epoch milliseconds. */
export function retryAfterMs(header: string | string[] | undefined, wall: number): number | undefined {
  const value = (Array.isArray(header) ? header[0] : header)?.trim()
  if (value === undefined) return undefined
  if (SECONDS.test(value)) return Number(value) * 1_000
  if (!DATE.test(value)) return undefined
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - wall)
}
