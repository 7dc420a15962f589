import { describe, expect, it } from 'vitest'
import { repliesIn } from './command.ts'

const REPLIES = '+OK\r\n$5\r\na\r\nbc\r\n$-1\r\n:7\r\n*2\r\n$1\r\nx\r\n*1\r\n+y\r\n-ERR no\r\n'

describe('the replies of a Redis', () => {
  it('are read with the sign of their type, lists in lines', () => {
    expect(repliesIn(Buffer.from(REPLIES))).toEqual(['+OK', '$a\r\nbc', '$-1', ':7', '*x\ny', '-ERR no'])
  })

  it('are read as far as they have arrived whole', () => {
    for (let length = 0; length < REPLIES.length; length += 1) {
      const part = repliesIn(Buffer.from(REPLIES.slice(0, length)))
      expect(repliesIn(Buffer.from(REPLIES)).slice(0, part.length)).toEqual(part)
    }
    expect(repliesIn(Buffer.from('+OK\r\n$5\r\na\r\nbc\r'))).toEqual(['+OK'])
  })
})
