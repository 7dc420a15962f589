import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fetchJars, jarFolder, jarsIn } from './maven.ts'

/** Stands in for Maven: notes that it was called, takes its time, and does what the test says with the folder. */
const STAND_IN = `#!/bin/sh
echo "$*" >> "$STAND_IN/log"
sleep 0.1
for argument; do case $argument in -DoutputDirectory=*) folder=\${argument#*=};; esac; done
`

let folder: string
let pom: string
let jars: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assent-test-'))
  pom = join(folder, 'pom.xml')
  await writeFile(pom, '<project/>')
  jars = await jarFolder(join(folder, 'cache'), pom)
  vi.stubEnv('STAND_IN', folder)
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
  vi.spyOn(console, 'error').mockReturnValue()
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

async function mavenThat(does: string): Promise<void> {
  await writeFile(join(folder, 'mvn'), `${STAND_IN}${does}\n`)
  await chmod(join(folder, 'mvn'), 0o755)
}

describe('the jars that a pom.xml names', () => {
  it('are fetched once, however many ask, and are all there when any is', async () => {
    await mavenThat('touch "$folder/a.jar"; sleep 0.2; touch "$folder/b.jar"')
    const seen: string[][] = []
    const watching = setInterval(async () => seen.push(await jarsIn(jars)), 10)
    await Promise.all([fetchJars(pom, jars), fetchJars(pom, jars)])
    await fetchJars(pom, jars)
    clearInterval(watching)
    expect((await jarsIn(jars)).sort()).toEqual(['a.jar', 'b.jar'])
    expect(seen.filter((names) => names.length === 1)).toEqual([])
    const calls = (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n')
    if (process.platform === 'linux') expect(calls).toHaveLength(1)
    expect(calls[0]).toContain(`--file=${pom} dependency:copy-dependencies`)
    expect(await readdir(join(folder, 'cache'))).toHaveLength(1)
  })

  it('have another folder when it names others', async () => {
    await writeFile(pom, '<project><version>2</version></project>')
    expect(await jarFolder(join(folder, 'cache'), pom)).not.toBe(jars)
  })

  it('that can not be had are told in the words of Maven, and leave nothing', async () => {
    await mavenThat('touch "$folder/a.jar"; echo "[ERROR] Unknown host"; exit 1')
    await expect(fetchJars(pom, jars)).rejects.toThrow('mvn failed:\n[ERROR] Unknown host')
    expect(await readdir(join(folder, 'cache'))).toEqual([])
    await mavenThat('touch "$folder/a.jar"')
    await fetchJars(pom, jars)
    expect(await jarsIn(jars)).toEqual(['a.jar'])
  })
})
