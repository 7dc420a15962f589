/** What `npm run weigh` runs: what an application carries with Assent, of the packages as they are published. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { install, packPackages, withOursThatItNeeds } from './pack/packages.ts'
import { bundleOf, installedIn, loadedFor } from './pack/weight.ts'

const INSTALLED = ['@assent/client', '@assent/participant', 'assent']
const LOADED = ['assent/client', 'assent/participant', 'assent']
const BUNDLED = ['saga', 'httpApi', 'connect, http, saga', '*']

const folder = await mkdtemp(join(tmpdir(), 'assent-weigh-'))
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
const each = (packages: Record<string, number>) =>
  Object.entries(packages)
    .map(([name, bytes]) => `${name} ${kilobytes(bytes)}`)
    .join(', ')

try {
  const packed = await packPackages(folder)
  const rows: string[] = []
  for (const name of INSTALLED) {
    const app = join(folder, name)
    await install(
      app,
      withOursThatItNeeds(packed, name).map(({ tarball }) => tarball),
    )
    const { packages, files, bytes } = await installedIn(app)
    rows.push(
      `${name} installs ${Object.keys(packages).length} packages: ${files} files, ${kilobytes(bytes)}`,
    )
    if (name !== 'assent') rows.push(`  ${each(packages)}`)
  }
  const app = join(folder, 'assent')
  for (const entrance of LOADED) {
    const { packages, files, bytes } = await loadedFor(app, `import '${entrance}'`)
    rows.push(`${entrance} loads ${files} files, ${kilobytes(bytes)}, of ${Object.keys(packages).join(', ')}`)
  }
  for (const names of BUNDLED) {
    const used = names === '*' ? names : `{ ${names} }`
    const { bytes, compressedBytes } = await bundleOf(app, `export ${used} from 'assent/client'`)
    rows.push(
      `${used} of assent/client bundles to ${kilobytes(bytes)}, ${kilobytes(compressedBytes)} compressed`,
    )
  }
  console.log(`\n${rows.join('\n')}`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
