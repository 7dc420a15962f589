declare const REFERENCE: unique symbol

/** Stands for a value of a result that is not there yet: it can be put into a payload, and nothing else. */
export interface Reference {
  readonly [REFERENCE]: true
}

/** Results by step, each value a reference. */
export type References<Results> = Results extends readonly (infer Item)[]
  ? Reference & { readonly [index: number]: References<Item> }
  : Results extends object
    ? Reference & { readonly [Key in keyof Results]-?: References<Results[Key]> }
    : unknown extends Results
      ? Reference & { readonly [key: string]: References<unknown> }
      : Reference

/**
 * The results of these steps as references: `results.reserve.id` is said to JSON as
 * `{"$result": "reserve", "pointer": "/id"}`.
 */
export function referencesTo(steps: readonly string[]): Readonly<Record<string, object>> {
  return Object.fromEntries(steps.map((name) => [name, reference(name, '')]))
}

function reference(step: string, pointer: string): object {
  const deny = (): never => {
    const place = `results.${step}${pointer.replaceAll('/', '.')}`
    throw new TypeError(`${place} is not there yet when the payload is made: it can only be placed as it is`)
  }
  return new Proxy(Object.freeze({}), {
    get(_target, key) {
      if (key === 'toJSON') return () => ({ $result: step, pointer })
      if (typeof key !== 'string') return deny()
      return reference(step, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    },
    // What would look into it, such as a spread, would find nothing and say less than was meant.
    has: deny,
    ownKeys: deny,
    getOwnPropertyDescriptor: deny,
  })
}
