import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { helpText, readSettings } from './settings.ts'

describe('the settings', () => {
  it('start both banks on their ports, with every write on the disk and without faults', () => {
    const asked = readSettings([], {})
    expect(asked.names).toEqual(['north', 'south'])
    expect(asked.settingsOf('north')).toMatchObject({
      host: '127.0.0.1',
      port: 36801,
      file: join('data/bank', 'north.db'),
      synchronous: 'FULL',
      faults: { failBefore: 0, failAfter: 0, refuse: 0, delayBefore: 0, delayAfter: 0 },
    })
    expect(asked.settingsOf('south')).toMatchObject({ port: 36802, file: join('data/bank', 'south.db') })
  })

  it('are taken from the environment, and from flags before that', () => {
    const environment = { BANK_NORTH_PORT: '4000', BANK_SOUTH_PORT: '4001', BANK_FAIL_AFTER: '0.5' }
    const asked = readSettings(['north', '--north-port', '5000', '--data-dir=south'], environment)
    expect(asked.names).toEqual(['north'])
    expect(asked.settingsOf('north')).toMatchObject({ port: 5000, file: join('south', 'north.db') })
    expect(asked.settingsOf('south')).toMatchObject({ port: 4001, faults: { failAfter: 0.5 } })
  })

  it('go on to the process of one bank as flags', () => {
    const asked = readSettings(['--data-dir', 'north', 'south', '--refuse', '1'], {})
    const again = readSettings(['south', ...asked.flags], {})
    expect(again.settingsOf('south')).toEqual(asked.settingsOf('south'))
  })

  it.each([
    [['east'], 'bank must be one of north, south, not "east"'],
    [['--nort-port', '1'], "Unknown option '--nort-port'"],
    [['--north-port', '70000'], 'north-port must be a number from 0 to 65535, not "70000"'],
    [['--fail-before', '2'], 'fail-before must be a number from 0 to 1, not "2"'],
    [['--fail-before='], 'fail-before must be a number from 0 to 1, not ""'],
    [['--synchronous', 'none'], 'synchronous must be one of FULL, EXTRA, NORMAL, OFF, not "NONE"'],
  ])('refuse %j, and say what is wrong', (args, message) => {
    expect(() => readSettings(args, {}).settingsOf('north')).toThrow(message)
  })

  it('are all told by --help, with the name in the environment', () => {
    expect(readSettings(['--help'], {}).help).toBe(true)
    expect(helpText()).toMatch(/--delay-ms +BANK_DELAY_MS/)
  })
})
