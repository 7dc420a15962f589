import { describe, expect, it } from 'vitest'
import { POSTGRES } from '../postgres/postgres.ts'
import { findServer, type Surroundings } from './find.ts'
import type { Supply } from './supply.ts'

const BINARY = '/usr/lib/postgresql/15/bin/postgres'

/** A machine with nothing on it but what is named, whose supply is closed unless told otherwise. */
function machine({
  binary,
  docker = false,
  ...supply
}: Partial<Supply> & { binary?: string; docker?: boolean }) {
  const brought: string[] = []
  const surroundings: Surroundings = {
    binaryOf: async () => binary,
    dockerAnswers: async () => docker,
    supplyOf: (kind) => ({
      ...kind.supply,
      isOpen: async () => false,
      bring: async () => {
        brought.push(kind.supply.name)
        return BINARY
      },
      ...supply,
    }),
  }
  return { surroundings, brought }
}

const isOpen = async () => true

describe('a server to start', () => {
  it('is a local binary, wherever there is one', async () => {
    const { surroundings, brought } = machine({ binary: BINARY, docker: true, isOpen })
    expect(await findServer(POSTGRES, surroundings)).toEqual({ origin: 'a local binary', binary: BINARY })
    expect(brought).toEqual([])
  })

  it('is a container, where there is only Docker', async () => {
    const { surroundings, brought } = machine({ docker: true, isOpen })
    expect(await findServer(POSTGRES, surroundings)).toEqual({ origin: 'Docker' })
    expect(brought).toEqual([])
  })

  it('is brought, where there is nothing else and we may bring it', async () => {
    const { surroundings, brought } = machine({ isOpen })
    expect(await findServer(POSTGRES, surroundings)).toEqual({ origin: "Debian's package", binary: BINARY })
    expect(brought).toEqual(["Debian's package postgresql"])
  })

  it('is missed with what to set or install, and nothing is brought where we may not', async () => {
    const { surroundings, brought } = machine({})
    await expect(findServer(POSTGRES, surroundings)).rejects.toThrow(
      /There is no PostgreSQL .*ASSENT_TEST_POSTGRES_URL.*install postgres.*Docker/,
    )
    expect(brought).toEqual([])
  })

  it('is missed with what the package manager wrote', async () => {
    const { surroundings } = machine({
      isOpen,
      bring: () => Promise.reject(new Error('E: Unable to locate package')),
    })
    await expect(findServer(POSTGRES, surroundings)).rejects.toThrow(
      /ASSENT_TEST_POSTGRES_URL[\s\S]*postgresql could not be had[\s\S]*E: Unable to locate package/,
    )
  })

  it('is missed where the package brought none', async () => {
    const { surroundings } = machine({ isOpen, bring: async () => undefined })
    await expect(findServer(POSTGRES, surroundings)).rejects.toThrow('postgresql brought no postgres')
  })
})
