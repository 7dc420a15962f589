/** Builds the packages as they are published: JavaScript, declarations, assets and a package.json that fits. */
import { existsSync, globSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ROOT, runProgram } from '../command.ts'
import { type Manifest, publishedManifest, withCompiledImports, withCompiledWorkers } from './published.ts'

/** Builds every package that has sources into `<target>/<room>`, and returns those folders. */
export async function buildPackages(target: string): Promise<string[]> {
  await mkdir(target, { recursive: true })
  // Beside the target, so that finished folders can be moved there.
  const stage = await mkdtemp(join(target, '.stage-'))
  try {
    const code = await runProgram('tsc', ['--project', 'tsconfig.build.json', '--outDir', stage])
    if (code !== 0) throw new Error('the packages do not compile')
    const built: string[] = []
    for (const source of globSync('packages/*/src', { cwd: ROOT }).sort()) {
      const room = dirname(source)
      const compiled = join(stage, basename(room), 'src')
      if (existsSync(compiled))
        built.push(await finish(join(ROOT, room), compiled, join(target, basename(room))))
    }
    return built
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
}

async function finish(room: string, compiled: string, target: string): Promise<string> {
  await rewrite(compiled, '**/*.js', withCompiledWorkers)
  await rewrite(compiled, '**/*.d.ts', withCompiledImports)
  const source = join(room, 'src')
  // Whatever the compiler has nothing to do with lies where it lay: .sql, .proto, .html.
  await cp(source, compiled, { recursive: true, filter: (path) => !/\.[cm]?tsx?$/.test(path) })
  const manifest: Manifest = JSON.parse(await readFile(join(room, 'package.json'), 'utf8'))
  await writeFile(join(compiled, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`)
  await cp(join(ROOT, 'LICENSE'), join(compiled, 'LICENSE'))
  for (const readme of globSync('README.md', { cwd: room }))
    await cp(join(room, readme), join(compiled, readme))
  await rm(target, { recursive: true, force: true })
  await rename(compiled, target)
  return target
}

async function rewrite(folder: string, pattern: string, change: (text: string) => string): Promise<void> {
  for (const path of globSync(pattern, { cwd: folder })) {
    const before = await readFile(join(folder, path), 'utf8')
    const after = change(before)
    if (after !== before) await writeFile(join(folder, path), after)
  }
}
