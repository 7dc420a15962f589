import type { FastifyInstance } from 'fastify'

/** Which methods a path takes, for telling a wrong method from a wrong path. */
export interface KnownPaths {
  methodsAt(path: string): string[]
}

/** Notes every route that is registered from here on. */
export function notePaths(fastify: FastifyInstance): KnownPaths {
  const routes: { method: string; pattern: RegExp }[] = []
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, pattern: patternOf(url) })
  })
  return {
    methodsAt: (path) => [
      ...new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)),
    ],
  }
}

/** `/api/tx/:gid` as an expression; a star takes the rest of the path. */
function patternOf(url: string): RegExp {
  const source = url
    .split(/(:[^/]+|\*)/)
    .map((part) => {
      if (part.startsWith(':')) return '[^/]+'
      return part === '*' ? '.*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    })
    .join('')
  return new RegExp(`^${source}$`)
}
