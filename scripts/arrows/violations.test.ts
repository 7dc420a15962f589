import { describe, expect, it } from 'vitest'
import { violationsIn } from './violations.ts'

/** What the checker says of planted sources whose packages declare nothing in particular. */
function said(sources: Record<string, string>): string[] {
  return violationsIn({ sources: new Map(Object.entries(sources)), declared: new Map() })
}

const ENGINE = 'packages/engine/src/transactions/advance.ts'
const DOOR = 'packages/server/src/doors/http/transactions.ts'
const COMPOSE = 'packages/server/src/compose.ts'
const STORES = 'packages/server/src/stores.ts'

describe('an import between rooms', () => {
  it.each([
    ['packages/coordinator/src/drive.ts', '@assent/engine'],
    ['packages/testkit/src/simulator/world.ts', '@assent/store/memory'],
    ['packages/assent/src/index.ts', '@assent/coordinator'],
    ['examples/bank/transfer.ts', 'assent/participant'],
    ['examples/bank/crash/run.ts', '@assent/testkit/servers'],
    ['bench/stores.ts', '@assent/testkit/servers'],
    [ENGINE, '@assent/contract'],
    [DOOR, '@assent/contract/schemas'],
    [COMPOSE, '@assent/transport/http'],
    [STORES, '@assent/store/sqlite'],
  ])('%s → %s is allowed', (path, specifier) => {
    expect(said({ [path]: `import { it } from '${specifier}'` })).toEqual([])
  })

  it.each([
    ['packages/contract/src/index.ts', '@assent/engine', 'depends on nothing of ours'],
    ['packages/coordinator/src/drive.ts', '@assent/store/memory', 'handed its store'],
    ['packages/store/src/memory/store.ts', '@assent/coordinator', 'may not know who drives it'],
    ['packages/transport/src/http/call.ts', '@assent/store/memory', 'may not know who drives it'],
    ['packages/server/src/configuration.ts', '@assent/store/sqlite', 'only the one file'],
    ['packages/participant/src/barrier.ts', '@assent/coordinator', 'must not install'],
    ['packages/testkit/src/simulator/world.ts', '@assent/store/sqlite', 'plainest store'],
    ['packages/dashboard/src/page.ts', '@assent/coordinator', 'any client could see'],
    [COMPOSE, 'assent', 'only examples and bench'],
    [COMPOSE, '@assent/store/sqlite', 'which stores.ts makes'],
    [STORES, '@assent/transport/http', 'knows the stores and nothing else'],
    ['packages/testkit/src/rehearse.ts', 'assent/embedded', 'only examples and bench'],
    ['packages/assent/src/index.ts', '@assent/engine', 're-exports'],
    ['examples/bank/transfer.ts', '@assent/coordinator', 'what a stranger would'],
    ['bench/http.ts', '@assent/engine', 'what a stranger would'],
    ['bench/http.ts', '@assent/testkit', 'what a stranger would'],
    ['bench/http.ts', '@assent/testkit/conformance/store', 'what a stranger would'],
    [ENGINE, '@assent/coordinator', 'knows the words of the contract'],
    [ENGINE, '@assent/contract/schemas', 'knows the words of the contract'],
    [DOOR, '@assent/store/memory', 'a door never sees a store'],
  ])('%s → %s is refused with a reason', (path, specifier, reason) => {
    expect(said({ [path]: `import { it } from '${specifier}'` })).toEqual([
      expect.stringMatching(new RegExp(`^${path} may not import ${specifier}: .*${reason}`)),
    ])
  })

  it('from a store or a transport takes nothing of the engine but its ports', () => {
    const index = `export type { Store } from './ports/store.ts'; export { due } from './transactions/due.ts'`
    const engine = { 'packages/engine/src/index.ts': index }
    const path = 'packages/store/src/memory/store.ts'
    expect(said({ ...engine, [path]: `import type { Store } from '@assent/engine'` })).toEqual([])
    expect(said({ ...engine, [path]: `import { due, type Store } from '@assent/engine'` })).toEqual([
      expect.stringContaining('due is no port, and a store fills a port of the engine'),
    ])
    expect(said({ ...engine, [path]: `import * as engine from '@assent/engine'` })).toHaveLength(1)
  })

  it('is refused in every way of writing it, types included', () => {
    const ways = [
      `import '@assent/store/memory'`,
      `import type { Store } from '@assent/store/memory'`,
      `import { type Store } from '@assent/store/memory'`,
      `export * from '@assent/store/memory'`,
      `export type { Store } from '@assent/store/memory'`,
      `const store = await import('@assent/store/memory')`,
      `let store: import('@assent/store/memory').Store`,
      `let store: typeof import('@assent/store/memory')`,
      `import store = require('@assent/store/memory')`,
      `const store = require('@assent/store/memory')`,
    ]
    for (const way of ways) expect(said({ [DOOR]: way }), way).toHaveLength(1)
  })

  it('is not mistaken where the words stand in a comment or a string', () => {
    const source = `// import '@assent/store/memory'\nexport const text = "import '@assent/store/memory'"`
    expect(said({ [DOOR]: source })).toEqual([])
  })

  it('may not go by a path, not even to an allowed room', () => {
    const path = 'packages/coordinator/src/drive.ts'
    expect(said({ [path]: `import { due } from '../../engine/src/index.ts'` })).toEqual([
      expect.stringContaining('by its name, never by a path'),
    ])
    expect(
      said({ [path]: `new Worker(new URL('../../store/src/sqlite/worker.ts', import.meta.url))` }),
    ).toEqual([expect.stringContaining('by its name, never by a path')])
  })

  it('may not go back into its own room by name', () => {
    expect(said({ [ENGINE]: `import { due } from '@assent/engine'` })).toHaveLength(1)
  })

  it('may not be computed', () => {
    expect(said({ [DOOR]: "await import('@assent/' + room)" })).toHaveLength(1)
  })
})

describe('the server', () => {
  it('closes the file that knows every part to its doors', () => {
    expect(said({ [DOOR]: `import { compose } from '../../compose.ts'` })).toEqual([
      expect.stringContaining('would see a store through it'),
    ])
    expect(said({ [DOOR]: `import { configuredStore } from '../../stores.ts'` })).toEqual([
      expect.stringContaining('a door never sees a store'),
    ])
  })
})

describe('an import from outside', () => {
  it('is refused to the engine, even of the platform', () => {
    expect(said({ [ENGINE]: `import { randomUUID } from 'node:crypto'` })).toHaveLength(1)
    expect(said({ [ENGINE]: `import { Type } from 'typebox'` })).toHaveLength(1)
  })

  it('must be declared by the package, platform modules aside', () => {
    const path = 'packages/transport/src/http/call.ts'
    const source = `import 'undici'; import 'node:fs'; import '@fastify/cors/deep'; import '@assent/engine'`
    const declared = new Map([['packages/transport', new Set(['undici'])]])
    expect(violationsIn({ sources: new Map([[path, source]]), declared })).toEqual([
      expect.stringContaining('does not declare @fastify/cors.'),
      expect.stringContaining('does not declare @assent/engine.'),
    ])
  })

  it('may be declared by a package further in, for what lies in it only', () => {
    const source = `import 'undici'; import 'peer'`
    const declared = new Map([
      ['bench', new Set(['undici'])],
      ['bench/peers', new Set(['peer'])],
    ])
    const sources = new Map([
      ['bench/peers/load/call.ts', source],
      ['bench/load.ts', source],
    ])
    expect(violationsIn({ sources, declared })).toEqual([
      'bench/load.ts may not import peer: its package.json does not declare peer.',
    ])
  })
})

describe('a circle of files', () => {
  it('is told once, types included', () => {
    const sources = {
      'packages/engine/src/a.ts': `import type { B } from './b.ts'`,
      'packages/engine/src/b.ts': `export * from './deeper/c.ts'`,
      'packages/engine/src/deeper/c.ts': `import { a } from '../a.ts'`,
      'packages/engine/src/d.ts': `import { a } from './a.ts'`,
    }
    expect(said(sources)).toEqual([
      'These files import one another in a circle: packages/engine/src/a.ts → packages/engine/src/b.ts' +
        ' → packages/engine/src/deeper/c.ts → packages/engine/src/a.ts.',
    ])
  })

  it('is not seen where two files share a third', () => {
    const sources = {
      'packages/engine/src/a.ts': `import './b.ts'; import './c.ts'`,
      'packages/engine/src/b.ts': `import './d.ts'`,
      'packages/engine/src/c.ts': `import './d.ts'`,
      'packages/engine/src/d.ts': '',
    }
    expect(said(sources)).toEqual([])
  })
})

describe('a file', () => {
  it('must be in a room that the table names', () => {
    expect(said({ 'packages/utils/src/index.ts': '' })).toEqual([expect.stringContaining('in no room')])
  })

  it('must be readable, or nothing could be said of it', () => {
    expect(said({ [ENGINE]: 'import {' })).toEqual([expect.stringContaining("can't be read")])
  })
})
