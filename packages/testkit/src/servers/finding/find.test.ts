import { describe, expect, it } from 'vitest'
import { POSTGRES } from '../postgres/postgres.ts'
import { findServer, type Surroundings } from './find.ts'

const BINARY = '/usr/lib/postgresql/15/bin/postgres'

/** A machine with nothing on it but what is named, and what was asked of it. */
function machine(present: Partial<Surroundings> = {}): { surroundings: Surroundings; installed: string[] } {
  const installed: string[] = []
  const surroundings: Surroundings = {
    binaryOf: async () => (installed.length > 0 ? BINARY : undefined),
    dockerAnswers: async () => false,
    isRootOnDebian: async () => false,
    install: async (kind) => {
      installed.push(kind.debianPackage)
    },
    ...present,
  }
  return { surroundings, installed }
}

describe('a server to start', () => {
  it('is a local binary, wherever there is one', async () => {
    const { surroundings, installed } = machine({
      binaryOf: async () => BINARY,
      dockerAnswers: async () => true,
      isRootOnDebian: async () => true,
    })
    expect(await findServer(POSTGRES, surroundings)).toEqual({ origin: 'a local binary', binary: BINARY })
    expect(installed).toEqual([])
  })

  it('is a container, where there is only Docker', async () => {
    const { surroundings, installed } = machine({
      dockerAnswers: async () => true,
      isRootOnDebian: async () => true,
    })
    expect(await findServer(POSTGRES, surroundings)).toEqual({ origin: 'Docker' })
    expect(installed).toEqual([])
  })

  it("is Debian's package, where there is nothing else and we may install it", async () => {
    const { surroundings, installed } = machine({ isRootOnDebian: async () => true })
    expect(await findServer(POSTGRES, surroundings)).toEqual({ origin: "Debian's package", binary: BINARY })
    expect(installed).toEqual(['postgresql'])
  })

  it('is missed with what to set or install, and nothing is installed for who is not root', async () => {
    const { surroundings, installed } = machine()
    await expect(findServer(POSTGRES, surroundings)).rejects.toThrow(
      /There is no PostgreSQL .*ASSENT_TEST_POSTGRES_URL.*install postgres.*Docker/,
    )
    expect(installed).toEqual([])
  })

  it('is missed with what the package manager wrote', async () => {
    const { surroundings } = machine({
      isRootOnDebian: async () => true,
      install: () => Promise.reject(new Error('E: Unable to locate package')),
    })
    await expect(findServer(POSTGRES, surroundings)).rejects.toThrow(
      /ASSENT_TEST_POSTGRES_URL[\s\S]*postgresql could not be installed[\s\S]*E: Unable to locate package/,
    )
  })

  it('is missed where the package brought none', async () => {
    const { surroundings } = machine({ isRootOnDebian: async () => true, binaryOf: async () => undefined })
    await expect(findServer(POSTGRES, surroundings)).rejects.toThrow('postgresql brought no postgres')
  })
})
