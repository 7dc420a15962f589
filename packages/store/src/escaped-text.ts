/** Announces four hexadecimal digits: a noncharacter, which no text that is meant for people holds. */
const ESCAPE = '\ufdd0'
/** U+0000, surrogates without their other half, and the escape itself. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: U+0000 is what is looked for
const ODD = /[\u0000\ufdd0\ud800-\udfff]/u
const ALL_ODD = new RegExp(ODD, 'gu')
const ESCAPED = /\ufdd0([0-9a-f]{4})/g

/**
 * Text for a backend that keeps well-formed UTF-8 without U+0000. What it can't keep is escaped; all other text
 * stays as it is, readable with the backend's own tools, and no two texts become the same.
 */
export function escapedText(text: string): string {
  if (!ODD.test(text)) return text
  return text.replace(ALL_ODD, (unit) => `${ESCAPE}${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What `escapedText` was given. */
export function unescapedText(kept: string): string {
  if (!kept.includes(ESCAPE)) return kept
  return kept.replace(ESCAPED, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
