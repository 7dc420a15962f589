import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { REDIS } from '../redis/redis.ts'
import { SURROUNDINGS } from './surroundings.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assent-test-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

async function program(name: string, mode = 0o755): Promise<string> {
  const path = join(folder, name)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, '')
  await chmod(path, mode)
  return path
}

describe('the binary of a server', () => {
  it('is taken from the PATH first', async () => {
    const onPath = await program('path/redis-server')
    await program('9/redis-server')
    vi.stubEnv('PATH', `/does-not-exist::${join(folder, 'path')}`)
    const kind = { ...REDIS, folders: [join(folder, '*')] }
    expect(await SURROUNDINGS.binaryOf(kind)).toBe(onPath)
  })

  it('is the newest of several versions that lie beside each other', async () => {
    await program('9/redis-server')
    const newest = await program('15/redis-server')
    await program('16/redis-server', 0o644)
    vi.stubEnv('PATH', '')
    const kind = { ...REDIS, folders: [join(folder, '*')] }
    expect(await SURROUNDINGS.binaryOf(kind)).toBe(newest)
  })

  it('is not there where no file can be run', async () => {
    vi.stubEnv('PATH', folder)
    expect(await SURROUNDINGS.binaryOf({ ...REDIS, folders: [] })).toBeUndefined()
  })
})

describe('Docker', () => {
  it('answers only where its engine does', async () => {
    vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
    await writeFile(await program('docker'), '#!/bin/sh\n[ "$1" = info ]\n')
    expect(await SURROUNDINGS.dockerAnswers()).toBe(true)
    await writeFile(
      await program('docker'),
      '#!/bin/sh\necho "Cannot connect to the Docker daemon" >&2; exit 1\n',
    )
    expect(await SURROUNDINGS.dockerAnswers()).toBe(false)
  })
})
