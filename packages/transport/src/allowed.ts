/**
 * Whether a branch may name a URL, as a check that is asked often. `allow` lists origins such as
 * `https://bank.example:8443`, and topics such as `kafka:payment-service-commands`; without it any is allowed. A
 * `local:` function is in no network and needs no entry. Throws TypeError for an entry that is no origin.
 */
export function allowedBy(allow: readonly string[] | undefined): (url: string) => boolean {
  if (allow === undefined) return () => true
  const origins = allowedOrigins(allow)
  return (url) => {
    const origin = originOf(url)
    return origin === 'local:' || (origin !== undefined && origins.has(origin))
  }
}

/** The origins of an allow-list, each written the one way it is compared. Throws TypeError as `allowedBy` does. */
export function allowedOrigins(allow: readonly string[]): ReadonlySet<string> {
  return new Set(
    allow.map((entry) => {
      const parsed = URL.parse(entry)
      const origin = originOf(entry)
      if (parsed === null || origin === undefined || parsed.href.replace(/\/$/, '') !== origin) {
        throw new TypeError(
          `${entry} is no origin; write it as scheme://host:port or kafka:TOPIC, without a path`,
        )
      }
      return origin
    }),
  )
}

/** Not URL.origin, which is `null` for every scheme but the web's own. */
function originOf(url: string): string | undefined {
  const parsed = URL.parse(url)
  if (parsed === null) return undefined
  // Of a command it is the topic; without one there is none.
  if (parsed.protocol === 'kafka:') return /^kafka:[^/]+/.exec(parsed.href)?.[0]
  return parsed.host === '' ? parsed.protocol : `${parsed.protocol}//${parsed.host}`
}
