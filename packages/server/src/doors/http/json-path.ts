const NAME_SHOWN_MAX_LENGTH = 64

/** A place in JSON as people write it: `branches[2].after[0]`, `labels["a b"]`. */
export function jsonPath(parts: readonly (string | number)[]): string {
  let path = ''
  for (const part of parts) {
    if (typeof part === 'number') path += `[${part}]`
    else if (/^[A-Za-z_$][\w$-]*$/.test(part) && part.length <= NAME_SHOWN_MAX_LENGTH) {
      path += path === '' ? part : `.${part}`
    } else path += `[${shownName(part)}]`
  }
  return path
}

/** A name that someone sent, quoted, and cut when it is very long. */
export function shownName(name: string): string {
  return JSON.stringify(
    name.length > NAME_SHOWN_MAX_LENGTH ? `${name.slice(0, NAME_SHOWN_MAX_LENGTH)}…` : name,
  )
}
