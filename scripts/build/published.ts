/** What changes between a package as it is developed, in TypeScript, and as it is published, in JavaScript. */

/** The fields of a package.json that publishing changes; all others are kept. */
export type Manifest = {
  name: string
  version: string
  private?: boolean
  exports?: Record<string, string>
  bin?: Record<string, string>
  [field: string]: unknown
}

/** In development exports point at sources; published, at what they were compiled to, types beside code. */
export function publishedManifest({ private: _unpublished, exports, bin, ...kept }: Manifest): Manifest {
  return {
    ...kept,
    ...(bin && { bin: mapValues(bin, (path) => compiled(path, '.js')) }),
    ...(exports && {
      exports: {
        ...mapValues(exports, (path) => ({ types: compiled(path, '.d.ts'), default: compiled(path, '.js') })),
        './package.json': './package.json',
      },
    }),
  } as Manifest
}

/** ./src/memory/index.ts → ./memory/index.js */
function compiled(path: string, extension: string): string {
  const match = /^\.\/src\/(.+)\.ts$/.exec(path)
  if (!match) throw new Error(`${path} is no TypeScript file under ./src, so nothing is compiled from it`)
  return `./${match[1]}${extension}`
}

function mapValues<From, To>(record: Record<string, From>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}

const WORKER_ADDRESS = /(new URL\(\s*)(['"])(\.{1,2}\/[^'"\n]+)\.ts\2(\s*,\s*import\.meta\.url)/g
const TYPE_IMPORT = /(\bfrom\s+|\bimport\s*\(?\s*)(['"])(\.{1,2}\/[^'"\n]+)\.ts\2/g

/** The compiler rewrites what code imports; the address of a worker is only a string to it. */
export function withCompiledWorkers(code: string): string {
  return code.replace(WORKER_ADDRESS, '$1$2$3.js$2$4')
}

/** The compiler leaves declarations importing `.ts`, which not every reader of declarations resolves. */
export function withCompiledImports(declarations: string): string {
  return declarations.replace(TYPE_IMPORT, '$1$2$3.js$2')
}
