import { type Json, REFUSAL_MAX_BYTES } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { keptRefusal, readRefusal } from './refusal.ts'

describe('readRefusal', () => {
  const cases: [string, Json, ReturnType<typeof readRefusal>][] = [
    [
      'code, message and details',
      { code: 'POOR', message: 'too little', details: { balance: 3 } },
      { code: 'POOR', message: 'too little', details: { balance: 3 } },
    ],
    [
      'our own error shape',
      { error: 'Conflict', code: 'CONFLICT', message: 'the gid is in use', help: 'https://assent.example' },
      { code: 'CONFLICT', message: 'the gid is in use' },
    ],
    [
      'what Fastify answers',
      { statusCode: 409, error: 'Conflict', message: 'too little' },
      { message: 'too little' },
    ],
    ['an error that is a word', { error: 'too little' }, { message: 'too little' }],
    [
      'an error that is an object',
      { error: { code: 'POOR', message: 'too little' } },
      { code: 'POOR', message: 'too little' },
    ],
    [
      'problem details',
      { type: 'https://bank.example/poor', title: 'Poor', status: 409, detail: 'too little', balance: 3 },
      { message: 'too little', details: { balance: 3 } },
    ],
    ['a numeric code', { code: 17, message: 'no' }, { code: '17', message: 'no' }],
    ['further fields', { code: 'POOR', balance: 3 }, { code: 'POOR', details: { balance: 3 } }],
    ['any other object', { balance: 3 }, { details: { balance: 3 } }],
    ['a list', ['poor'], { details: ['poor'] }],
    ['a text', 'too little', { message: 'too little' }],
    ['false', false, { details: false }],
    ['an empty object', {}, undefined],
    ['null', null, undefined],
    ['fields of the wrong type', { code: {}, message: 7 }, { details: { code: {}, message: 7 } }],
    ['details that are null', { message: 'no', details: null }, { message: 'no' }],
  ]

  it.each(cases)('reads %s', (_name, answer, refusal) => {
    expect(readRefusal(answer)).toEqual(refusal)
  })

  it('never takes a field from a prototype', () => {
    expect(readRefusal(JSON.parse('{"__proto__": {"code": "POOR"}}'))).not.toHaveProperty('code')
  })
})

describe('keptRefusal', () => {
  const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

  it('keeps a refusal that fits', () => {
    const refusal = { code: 'POOR', message: 'too little', details: { balance: 3 } }
    expect(keptRefusal(refusal)).toEqual(refusal)
  })

  it('goes without details that are too long or nest too deep', () => {
    const words = { code: 'POOR', message: 'too little' }
    expect(keptRefusal({ ...words, details: 'x'.repeat(REFUSAL_MAX_BYTES) })).toEqual(words)
    const deep = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)
    expect(keptRefusal({ ...words, details: deep })).toEqual(words)
  })

  it('cuts a message and a code that are too long, whatever their characters', () => {
    const kept = keptRefusal({ code: '\u0001'.repeat(90_000), message: '\u0001'.repeat(90_000), details: 1 })
    expect(bytes(kept)).toBeLessThanOrEqual(REFUSAL_MAX_BYTES)
    expect(new Set(`${kept.code}${kept.message}`)).toEqual(new Set(['\u0001']))
    expect(kept.details).toBeUndefined()
  })
})
