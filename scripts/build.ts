/** What `npm run build` runs: every package as it is published, one folder each under dist/. */
import { join, relative } from 'node:path'
import { buildPackages } from './build/packages.ts'
import { ROOT } from './command.ts'

try {
  for (const folder of await buildPackages(join(ROOT, 'dist'))) console.log(`Built ${relative(ROOT, folder)}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
