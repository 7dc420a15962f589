/** The README's TypeScript as a reader would copy it. */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './command.ts'

/** What the README prints of each file, by the path that it names before it. */
export function readmePrograms(): ReadonlyMap<string, string> {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const printed = readme.matchAll(/`(examples\/[^`\n]+\.ts)`:\n\n```ts\n([\s\S]*?)^```$/gm)
  return new Map([...printed].map(([, path = '', text = '']) => [path, text]))
}

/** Puts an example into an empty folder, with what the README prints in place of its files. */
export function copyPrinted(example: string, folder: string): void {
  cpSync(join(ROOT, example), join(folder, example), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir')
  for (const [path, text] of readmePrograms()) {
    if (path.startsWith(`${example}/`)) writeFileSync(join(folder, path), text)
  }
}
