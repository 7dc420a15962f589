/** `branchId` is `branch_id` on the wire: one rule for every name, so that no field is described twice. */
export type WireName<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? Head extends Lowercase<Head>
    ? `${Head}${WireName<Tail>}`
    : `_${Lowercase<Head>}${WireName<Tail>}`
  : Name

export type WireNamed<Fields> = { [Name in keyof Fields as WireName<Name & string>]: Fields[Name] }

export function wireName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

export function ourName(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** The fields under the names of the wire; what they hold belongs to users, and is left alone. */
export function wireNamed<Fields extends object>(fields: Fields): WireNamed<Fields> {
  const named: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) named[wireName(name)] = value
  return named as WireNamed<Fields>
}
