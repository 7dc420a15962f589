/** Pages that are made of what the code says of itself, so that nothing is described twice. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './command.ts'

export interface GeneratedPage {
  /** From the root of the repository. */
  path: string
  text: string
  /** What writes it anew. */
  command: string
}

export function isStale({ path, text }: GeneratedPage): boolean {
  try {
    return readFileSync(join(ROOT, path), 'utf8') !== text
  } catch {
    return true
  }
}

export function writePage(page: GeneratedPage): void {
  const stale = isStale(page)
  if (stale) writeFileSync(join(ROOT, page.path), page.text)
  console.log(`${page.path} ${stale ? 'written' : 'is up to date'}`)
}
