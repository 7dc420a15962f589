import { describe, expect, it } from 'vitest'
import { withDriver } from './driver.ts'

const missing = (name: string) =>
  Object.assign(new Error(`Cannot find package '${name}' imported from /app/node_modules/x.js`), {
    code: 'ERR_MODULE_NOT_FOUND',
  })

describe('a driver', () => {
  it('that is not installed is named, with what to do', async () => {
    const loading = withDriver('pg', () => Promise.reject(missing('pg')))
    await expect(loading).rejects.toMatchObject({ code: 'STORE_INVALID', details: { driver: 'pg' } })
    await expect(loading).rejects.toThrow('npm install pg')
  })

  it('that fails in another way says so itself', async () => {
    for (const error of [missing('pg-pool'), new Error("Cannot find package 'pg'"), new SyntaxError('x')]) {
      await expect(withDriver('pg', () => Promise.reject(error))).rejects.toBe(error)
    }
  })

  it('that is installed is used', async () => {
    expect(await withDriver('pg', async () => ({ postgres: 1 }))).toEqual({ postgres: 1 })
  })
})
