import { describe, expect, it } from 'vitest'
import { publishedManifest, withCompiledImports, withCompiledWorkers } from './published.ts'

describe('a published package.json', () => {
  it('points at JavaScript with its types, may be published, and keeps the rest', () => {
    const manifest = {
      name: '@assent/store',
      version: '0.1.0',
      private: true,
      type: 'module',
      exports: { './memory': './src/memory/index.ts' },
      bin: { assent: './src/command-line/main.ts' },
      dependencies: { '@assent/contract': '0.1.0' },
    }
    expect(publishedManifest(manifest)).toEqual({
      name: '@assent/store',
      version: '0.1.0',
      type: 'module',
      exports: {
        './memory': { types: './memory/index.d.ts', default: './memory/index.js' },
        './package.json': './package.json',
      },
      bin: { assent: './command-line/main.js' },
      dependencies: { '@assent/contract': '0.1.0' },
    })
  })

  it('can not export what the build does not compile', () => {
    const manifest = { name: 'a', version: '0.1.0', exports: { '.': './index.ts' } }
    expect(() => publishedManifest(manifest)).toThrow('no TypeScript file under ./src')
  })
})

describe('compiled files', () => {
  it('start the compiled worker', () => {
    const code = `new Worker(new URL('./worker.ts', import.meta.url)); new URL("./a.sql", import.meta.url)`
    expect(withCompiledWorkers(code)).toBe(
      `new Worker(new URL('./worker.js', import.meta.url)); new URL("./a.sql", import.meta.url)`,
    )
  })

  it('declare types from compiled neighbours, and from packages as before', () => {
    const declarations = [
      `import type { A } from './a.ts';`,
      `export * from "../b/index.ts";`,
      `export declare const c: import("./c.ts").C;`,
      `import type { D } from '@assent/contract';`,
    ]
    expect(withCompiledImports(declarations.join('\n')).split('\n')).toEqual([
      `import type { A } from './a.js';`,
      `export * from "../b/index.js";`,
      `export declare const c: import("./c.js").C;`,
      `import type { D } from '@assent/contract';`,
    ])
  })
})
