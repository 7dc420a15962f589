import { type Kind, Unreadable } from './kinds.ts'

/** Where databases are. A URL may hold a password: what can not be read is never repeated, nor a password shown. */

/** What a URL of one kind of database looks like. */
export interface UrlForm {
  /** With their colon. */
  schemes: readonly string[]
  /** For whoever wrote something else. */
  example: string
}

export function databaseUrl(initial: string, form: UrlForm): Kind<string> {
  return {
    means: 'a URL',
    initial,
    read: (given) => readUrl(given, form),
    show: masked,
    masked,
  }
}

/** One or several: in the file a list, elsewhere with commas. */
export function databaseUrls(initial: readonly string[], form: UrlForm): Kind<readonly string[]> {
  return {
    means: 'a URL, or a list of URLs, with commas outside of the file',
    initial,
    read(given) {
      const list: readonly unknown[] = Array.isArray(given) ? given : apart(String(given), form)
      if (list.length === 0) throw unreadable(form)
      return Object.freeze(list.map((one) => readUrl(one, form)))
    },
    show: (value) => value.map(masked).join(', '),
    masked: (value) => value.map(masked),
  }
}

/** A comma parts two URLs only where the next one begins: a password may hold one too. */
function apart(given: string, { schemes }: UrlForm): string[] {
  return given.split(new RegExp(`\\s*,\\s*(?=(?:${schemes.join('|')})//)`))
}

function readUrl(given: unknown, form: UrlForm): string {
  const url = typeof given === 'string' ? URL.parse(given.trim()) : null
  // `user:password@tcp(host)/db`, as some drivers write it, is a URL with the scheme `user:`; a second URL that is
  // misspelt becomes part of the first one's host and path, where nothing would mask its password.
  if (url === null || !form.schemes.includes(url.protocol) || url.hostname.includes(','))
    throw unreadable(form)
  return (given as string).trim()
}

function unreadable({ example }: UrlForm): Unreadable {
  return new Unreadable(
    `must be a URL such as ${example}, with special characters of a password percent-encoded`,
  )
}

function masked(value: string): string {
  const url = new URL(value)
  if (url.password !== '') url.password = '***'
  for (const key of [...url.searchParams.keys()]) {
    if (/passw|secret|token/i.test(key)) url.searchParams.set(key, '***')
  }
  return url.href
}
