import type { KindOfServer } from '../kind.ts'

export interface NamedServer {
  variable: string
  url: string
}

/** The server that the environment names, if it does. */
export function namedServer(kind: KindOfServer): NamedServer | undefined {
  for (const variable of kind.variables) {
    const value = process.env[variable]
    if (value) return { variable, url: kind.urlNamed(value) }
  }
  return undefined
}
