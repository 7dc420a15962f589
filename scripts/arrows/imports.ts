/** Reads what a source file imports, types included. */
import { parseSync, Visitor } from 'rolldown/utils'

export type Imports = {
  /** What is imported from where, by name; `*` where all of it is. */
  names: ReadonlyMap<string, ReadonlySet<string>>
  /** Imports whose target is computed, so that nothing can be held against it. */
  computed: string[]
  /** What stopped the file from being read, if anything did. */
  errors: string[]
}

type Node = { type: string; start: number; end: number; [field: string]: unknown }

export function importsOf(path: string, source: string): Imports {
  const names = new Map<string, Set<string>>()
  const computed: string[] = []
  const parsed = parseSync(path, source)

  const take = (target: unknown, imported: readonly string[] = ['*']): void => {
    const { type, value, start, end } = target as Node
    if (type !== 'Literal' || typeof value !== 'string') computed.push(source.slice(start, end))
    else names.set(value, new Set([...(names.get(value) ?? []), ...imported]))
  }

  new Visitor({
    ImportDeclaration: (node) => {
      take(
        node.source,
        node.specifiers.map((one) => (one.type === 'ImportSpecifier' ? nameOf(one.imported) : '*')),
      )
    },
    ExportNamedDeclaration: (node) => {
      const imported = node.specifiers.map((one) => nameOf(one.local))
      if (node.source) take(node.source, imported)
    },
    ExportAllDeclaration: (node) => take(node.source),
    ImportExpression: (node) => take(node.source),
    TSImportType: (node) => take(node.source),
    TSExternalModuleReference: (node) => take(node.expression),
    CallExpression: (node) => {
      const isRequire = node.callee.type === 'Identifier' && node.callee.name === 'require'
      if (isRequire) take(node.arguments[0])
    },
    // A worker is started by its address: new URL('./worker.ts', import.meta.url).
    NewExpression: (node) => {
      const [address, base] = node.arguments
      if (base && isModuleUrl(source.slice(base.start, base.end)) && isSourceFile(address)) take(address)
    },
  }).visit(parsed.program)

  return { names, computed, errors: parsed.errors.map((error) => error.message) }
}

function nameOf(name: { type: string; name?: string; value?: unknown }): string {
  return name.name ?? String(name.value)
}

function isModuleUrl(text: string): boolean {
  return text === 'import.meta.url'
}

function isSourceFile(node: unknown): boolean {
  const { value } = node as Node
  return typeof value === 'string' && /\.[cm]?tsx?$/.test(value)
}
