const SERVICE = /^[a-z0-9_-]{1,32}$/

/** Throws TypeError for what is no name of a service: it stands in identifiers, which are short. */
export function serviceName(service: string): string {
  if (SERVICE.test(service)) return service
  throw new TypeError(`${JSON.stringify(service)} is no name for a service: 1 to 32 of a-z 0-9 - _`)
}
