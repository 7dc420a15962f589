import { escapedText, unescapedText } from './escaped-text.ts'

export type Labels = Readonly<Record<string, string>>

/** As JSON for a backend that keeps well-formed UTF-8 without U+0000; null for none. */
export function labelsToKeep(labels: Labels): string | null {
  const entries = Object.entries(labels)
  if (entries.length === 0) return null
  return JSON.stringify(
    Object.fromEntries(entries.map(([key, value]) => [escapedText(key), escapedText(value)])),
  )
}

/** What `labelsToKeep` was given. */
export function labelsKept(kept: string | null): Labels {
  if (kept === null) return {}
  const entries: [string, string][] = Object.entries(JSON.parse(kept))
  return Object.fromEntries(entries.map(([key, value]) => [unescapedText(key), unescapedText(value)]))
}
