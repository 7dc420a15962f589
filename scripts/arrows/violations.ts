/** Holds every import of every source file against the table of arrows. */
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { circlesIn } from './circles.ts'
import { importsOf } from './imports.ts'
import { ARROWS, CLOSED_TO, EXCEPTIONS, OUTSIDE, REFUSED_TO_ALL } from './table.ts'

/** Source text by path from the root, and the dependencies that each package (by its folder) declares. */
export type Tree = {
  sources: ReadonlyMap<string, string>
  declared: ReadonlyMap<string, ReadonlySet<string>>
}

/** A sentence for each import that the table refuses, and for each circle. None means that all is well. */
export function violationsIn(tree: Tree): string[] {
  const violations: string[] = []
  const graph = new Map<string, string[]>()
  for (const [path, source] of tree.sources) {
    const home = homeOf(path)
    if (!home) {
      violations.push(`${path} is in no room that the table of arrows names.`)
      continue
    }
    const { names, computed, errors } = importsOf(path, source)
    for (const error of errors) violations.push(`${path} can't be read: ${error}`)
    for (const text of computed) {
      violations.push(`${path} imports ${text}, which is computed and can't be held against the table.`)
    }
    const neighbours: string[] = []
    for (const [specifier, imported] of names) {
      const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined
      const reason = target
        ? whyNotFile(path, home, target)
        : whyNotPackage(tree, path, home, specifier, imported)
      if (reason) violations.push(`${path} may not import ${specifier}: ${reason}.`)
      else if (target) neighbours.push(target)
    }
    graph.set(path, neighbours)
  }
  for (const circle of circlesIn(graph)) {
    violations.push(`These files import one another in a circle: ${[...circle, circle[0]].join(' → ')}.`)
  }
  return violations
}

type Home = { room: string; folder: string }

/** The room of a file, and the folder that the room's relative imports may not leave. */
function homeOf(path: string): Home | undefined {
  const [top = '', second = ''] = path.split('/')
  const room = top === 'packages' ? second : top
  if (!Object.hasOwn(ARROWS, room)) return undefined
  const isOneOfMany = top === 'packages' || top === 'examples'
  return { room, folder: isOneOfMany ? `${top}/${second}` : top }
}

function whyNotFile(path: string, home: Home, target: string): string | undefined {
  if (!target.startsWith(`${home.folder}/`)) {
    return 'one package imports another by its name, never by a path'
  }
  return CLOSED_TO.find((rule) => path.startsWith(rule.from) && target === rule.to)?.reason
}

function whyNotPackage(
  tree: Tree,
  path: string,
  home: Home,
  specifier: string,
  imported: ReadonlySet<string>,
): string | undefined {
  const declared = declaredFor(tree, path, home)
  const entrance = entranceOf(specifier)
  if (!entrance) return whyNotOutside(home, specifier, declared)
  if (entrance.room === home.room) return 'a room imports its own files by their path'
  const row = EXCEPTIONS[path] ?? ARROWS[home.room]
  if (!row) return 'the table has no row for it'
  const isAllowed = row.mayImport.some(
    (allowed) => allowed === entrance.room || allowed === `${entrance.room}/${entrance.subpath}`,
  )
  if (!isAllowed) return REFUSED_TO_ALL[entrance.room] ?? row.otherwise
  if (row.onlyPortsOf?.includes(entrance.room)) {
    const ports = portsOf(tree, entrance.room)
    const others = [...imported].filter((name) => !ports.has(name))
    if (others.length > 0) return `${others.join(', ')} is no port, and ${row.otherwise}`
  }
  return whyUndeclared(specifier, declared)
}

/** By every package that the file lies in, up to its room: what is installed further in adds to what is further out. */
function declaredFor(tree: Tree, path: string, home: Home): ReadonlySet<string> | undefined {
  const within = [...tree.declared].filter(([folder]) => {
    const isOfRoom = folder === home.folder || folder.startsWith(`${home.folder}/`)
    return isOfRoom && path.startsWith(`${folder}/`)
  })
  return within.length > 0 ? new Set(within.flatMap(([, names]) => [...names])) : undefined
}

/** The names that the index of a room takes from its folder of ports. */
function portsOf(tree: Tree, room: string): Set<string> {
  const index = `packages/${room}/src/index.ts`
  const { names } = importsOf(index, tree.sources.get(index) ?? '')
  const ports = [...names].filter(([specifier]) => specifier.startsWith('./ports/'))
  return new Set(ports.flatMap(([, exported]) => [...exported]))
}

function whyNotOutside(
  home: Home,
  specifier: string,
  declared: ReadonlySet<string> | undefined,
): string | undefined {
  const outside = OUTSIDE[home.room]
  if (outside && !outside.mayImport.test(specifier)) return outside.otherwise
  return isBuiltin(specifier) ? undefined : whyUndeclared(specifier, declared)
}

/** What happens to be installed beside a package is not there where the package is installed alone. */
function whyUndeclared(specifier: string, declared: ReadonlySet<string> | undefined): string | undefined {
  const [scope = '', name = ''] = specifier.split('/')
  const packageName = scope.startsWith('@') ? `${scope}/${name}` : scope
  if (!declared || declared.has(packageName)) return undefined
  return `its package.json does not declare ${packageName}`
}

/** `@assent/store/memory` → store, memory; `assent` → assent, `.`; nothing for what is not ours. */
function entranceOf(specifier: string): { room: string; subpath: string } | undefined {
  const match = /^(?:@assent\/([^/]+)|(assent))(?:\/(.+))?$/.exec(specifier)
  return match ? { room: match[1] ?? match[2] ?? '', subpath: match[3] ?? '.' } : undefined
}
