import type { Json } from '@assent/contract'

/** What JSON leaves out of an object, and turns into null in a list. */
type Unsayable = undefined | symbol | ((...given: never[]) => unknown)

/**
 * The type that a value has after it went through JSON: a Date is a string, what is undefined is not there, a Map is
 * `{}`. What is not known to the types is any JSON.
 */
export type Jsonified<T> = unknown extends T
  ? Json
  : T extends null | boolean | number | string
    ? T
    : T extends { toJSON(): infer Said }
      ? Jsonified<Said>
      : T extends Unsayable | bigint
        ? never
        : T extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
          ? { [key: string]: never }
          : T extends readonly unknown[]
            ? { -readonly [Index in keyof T]: JsonifiedItem<T[Index]> }
            : JsonifiedObject<T>

type JsonifiedItem<T> = T extends Unsayable ? null : Jsonified<T>

/** A key whose value may be undefined may be missing; one whose value JSON can't say is. */
type JsonifiedObject<T> = Flat<
  {
    -readonly [Key in keyof T as Place<T, Key> extends 'there' ? Key : never]: Jsonified<T[Key]>
  } & {
    -readonly [Key in keyof T as Place<T, Key> extends 'perhaps' ? Key : never]?: Jsonified<
      Exclude<T[Key], Unsayable>
    >
  }
>

type Place<T, Key extends keyof T> = Key extends symbol
  ? 'never'
  : unknown extends T[Key]
    ? 'there'
    : [Exclude<T[Key], Unsayable>] extends [never]
      ? 'never'
      : Extract<T[Key], Unsayable> extends never
        ? 'there'
        : 'perhaps'

/** One object in place of several joined by `&`, as people read it. */
export type Flat<T> = { [Key in keyof T]: T[Key] }
