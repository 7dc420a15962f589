import { readCommandUrl, URL_MAX_LENGTH } from '@assent/contract'
import type { AcceptanceRules } from './rules.ts'

/** What is wrong with a URL that a branch names; undefined when nothing is. */
export function urlProblem(url: string, rules: AcceptanceRules): string | undefined {
  if (url.length > URL_MAX_LENGTH) return `is longer than ${URL_MAX_LENGTH} characters`
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase()
  if (scheme === undefined) return 'must be a URL with a scheme, such as http://host/path'
  if (!rules.schemes.has(scheme)) {
    return `has the scheme ${scheme} and only ${[...rules.schemes].join(' ')} can be called here`
  }
  if (/[^\x21-\x7e]/.test(url)) return 'must be written in visible ASCII, with anything else percent-encoded'
  if (/^https?:/i.test(url) && !/^https?:\/\/[^\s/?#@]+([/?#]|$)/i.test(url)) {
    return 'must name a host, without a user or password'
  }
  if (scheme === 'kafka:' && readCommandUrl(url) === undefined) return 'must be kafka:TOPIC/COMMAND_TYPE'
  if (!rules.allows(url)) return 'names an origin that this coordinator may not call'
  return undefined
}
