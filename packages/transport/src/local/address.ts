const LOCAL_URL = /^local:([A-Za-z0-9][A-Za-z0-9/._-]*)$/i

/** The function that a `local:NAME` URL names; undefined for anything else. */
export function localName(url: string): string | undefined {
  return LOCAL_URL.exec(url)?.[1]
}
