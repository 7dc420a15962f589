import Type, { type TSchema } from 'typebox'
import {
  HEADER_NAME_MAX_LENGTH,
  HEADER_VALUE_MAX_LENGTH,
  HEADERS_MAX,
  ID_PATTERN,
  LABEL_KEY_MAX_LENGTH,
  LABEL_VALUE_MAX_LENGTH,
  LABELS_MAX,
  NAME_MAX_LENGTH,
  REASON_MAX_LENGTH,
  URL_MAX_LENGTH,
  WAIT_MAX_MS,
} from './limits.ts'
import type { Json } from './words.ts'

/** The fields that requests and answers are made of. Descriptions complete the sentence "it must be …". */

export const closed = { additionalProperties: false } as const

/** One of these words. */
export const oneOf = <const Words extends readonly string[]>(words: Words, description?: string) =>
  Type.Unsafe<Words[number]>({ type: 'string', enum: [...words], ...(description ? { description } : {}) })

/** A schema that is published under a name of its own, and referred to by it. */
export const shared = <T>($id: string) => Type.Unsafe<T>({ $ref: `${$id}#` })

export const Id = Type.String({ pattern: ID_PATTERN.source, description: '1 to 64 of A-Z a-z 0-9 - _' })
export const AnyJson = Type.Unsafe<Json>({ description: 'any JSON' })
export const Name = Type.String({ minLength: 1, maxLength: NAME_MAX_LENGTH })
export const Reason = Type.String({ minLength: 1, maxLength: REASON_MAX_LENGTH })
export const Url = Type.String({ maxLength: URL_MAX_LENGTH, description: 'a URL' })
export const Milliseconds = (minimum: number, maximum: number) =>
  Type.Integer({ minimum, maximum, description: 'a whole number of milliseconds' })
export const EpochMilliseconds = Type.Integer({ minimum: 0, description: 'a time in epoch milliseconds' })
export const EpochSeconds = Type.Integer({ minimum: 0, description: 'a time in epoch seconds' })

export const Wait = Type.Union([Type.Boolean(), Milliseconds(0, WAIT_MAX_MS)], {
  description: `true (30 seconds) or milliseconds up to ${WAIT_MAX_MS}`,
})

const dictionary = (value: TSchema, propertyNames: TSchema, maxProperties: number, description: string) =>
  Type.Unsafe<Record<string, string>>({
    type: 'object',
    additionalProperties: value,
    propertyNames,
    maxProperties,
    description,
  })

export const Labels = dictionary(
  Type.String({ maxLength: LABEL_VALUE_MAX_LENGTH }),
  Type.String({ maxLength: LABEL_KEY_MAX_LENGTH, pattern: '^[^:]+$', description: 'a key without a colon' }),
  LABELS_MAX,
  'an object of strings',
)

export const Headers = dictionary(
  Type.String({
    maxLength: HEADER_VALUE_MAX_LENGTH,
    pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$',
    description: 'a header value without control characters',
  }),
  Type.String({
    maxLength: HEADER_NAME_MAX_LENGTH,
    pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
    description: 'a header name',
  }),
  HEADERS_MAX,
  'an object of header names and their values',
)
