/** Reads what a source file imports, types included. */
import { parseSync, Visitor } from 'oxc-parser'

export type Imports = {
  specifiers: string[]
  /** Imports whose target is computed, so that nothing can be held against it. */
  computed: string[]
  /** What stopped the file from being read, if anything did. */
  errors: string[]
}

type Node = { type: string; start: number; end: number; [field: string]: unknown }

export function importsOf(path: string, source: string): Imports {
  const specifiers = new Set<string>()
  const computed: string[] = []
  const parsed = parseSync(path, source)

  const take = (node: unknown): void => {
    const { type, value, start, end } = node as Node
    if (type === 'Literal' && typeof value === 'string') specifiers.add(value)
    else computed.push(source.slice(start, end))
  }
  const takeSource = (node: { source: unknown }): void => {
    if (node.source) take(node.source)
  }

  new Visitor({
    ImportDeclaration: takeSource,
    ExportNamedDeclaration: takeSource,
    ExportAllDeclaration: takeSource,
    ImportExpression: takeSource,
    TSImportType: takeSource,
    TSExternalModuleReference: (node) => take(node.expression),
    CallExpression: (node) => {
      const isRequire = node.callee.type === 'Identifier' && node.callee.name === 'require'
      if (isRequire && node.arguments[0]) take(node.arguments[0])
    },
    // A worker is started by its address: new URL('./worker.ts', import.meta.url).
    NewExpression: (node) => {
      const [address, base] = node.arguments
      if (base && isModuleUrl(source.slice(base.start, base.end)) && isSourceFile(address)) take(address)
    },
  }).visit(parsed.program)

  return { specifiers: [...specifiers], computed, errors: parsed.errors.map((error) => error.message) }
}

function isModuleUrl(text: string): boolean {
  return text === 'import.meta.url'
}

function isSourceFile(node: unknown): boolean {
  const { value } = node as Node
  return typeof value === 'string' && /\.[cm]?tsx?$/.test(value)
}
