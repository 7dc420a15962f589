import { describe, expect, it } from 'vitest'
import { loginOf } from './login.ts'

function question(kind: number, body: string | Buffer = ''): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(kind)
  return Buffer.concat([head, Buffer.from(body)])
}

describe('a login', () => {
  it('proves that it knows the password as the example of RFC 7677 does', () => {
    const login = loginOf('user', 'pencil', 'rOprNGfwEbeRWgbNEkqO')
    expect(login(question(10, 'SCRAM-SHA-256\0\0'))?.toString()).toContain('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
    const challenge = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'
    expect(login(question(11, challenge))?.toString()).toBe(
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    )
  })

  it('answers older servers too', () => {
    const login = loginOf('assent', 'secret')
    expect(login(question(3))?.toString()).toBe('secret\0')
    expect(login(question(5, Buffer.from([1, 2, 3, 4])))?.toString()).toMatch(/^md5[0-9a-f]{32}\0$/)
  })

  it('answers nothing once it is let in', () => {
    expect(loginOf('assent', 'secret')(question(0))).toBeUndefined()
  })

  it('says so where it is asked in a way that it does not know', () => {
    expect(() => loginOf('assent', 'secret')(question(7))).toThrow('(7)')
  })
})
