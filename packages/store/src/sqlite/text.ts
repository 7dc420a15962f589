/** Text as a column holds it. */
export type Text = string | Uint8Array

/**
 * SQLite keeps text as UTF-8 that some tools end at U+0000, and an unpaired surrogate has no UTF-8 at all. Text
 * with either is kept as a blob of UTF-16, so that it comes back as it was; all other text stays readable.
 */
export function textToKeep(text: string): Text {
  return text.includes('\0') || !text.isWellFormed() ? Buffer.from(text, 'utf16le') : text
}

export function textKept(kept: Text): string {
  return typeof kept === 'string' ? kept : Buffer.from(kept).toString('utf16le')
}
