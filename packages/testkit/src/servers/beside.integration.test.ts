import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { programBeside } from './beside.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assent-test-'))
  for (const name of ['sbin', 'bin', 'links']) await mkdir(join(folder, name))
  await writeFile(join(folder, 'sbin/server'), '')
  await symlink(join(folder, 'sbin/server'), join(folder, 'links/server'))
})
afterEach(() => rm(folder, { recursive: true }))

it('a program is found in the folders of the one that it belongs to, link or not', async () => {
  await writeFile(join(folder, 'bin/install'), '')
  for (const binary of ['sbin/server', 'links/server']) {
    expect(programBeside(join(folder, binary), 'install', ['.', '../bin'])).toMatch(/\/bin\/install$/)
  }
})

it('a program that is missing is named with the one that it belongs to', () => {
  const binary = join(folder, 'sbin/server')
  expect(() => programBeside(binary, 'install', ['.'])).toThrow(
    `There is no install that belongs to ${binary}.`,
  )
})
