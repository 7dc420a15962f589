import { describe, expect, it } from 'vitest'
import { properties, settingsOf, variables } from './settings.ts'

describe('the settings of a broker', () => {
  it('have it tell clients an address of this machine, also where it listens on all of a container', () => {
    const settings = settingsOf({ host: '0.0.0.0', port: 20_123, controllerPort: 20_124, folder: '/data' })
    expect(settings).toMatchObject({
      listeners: 'BROKER://0.0.0.0:20123,CONTROLLER://127.0.0.1:20124',
      'advertised.listeners': 'BROKER://127.0.0.1:20123',
    })
  })

  it('are a line each in a file', () => {
    expect(properties({ 'node.id': '1', 'log.dirs': '/data' })).toBe('node.id=1\nlog.dirs=/data\n')
  })

  it('are spelled for the public image so that each can be told from its neighbours', () => {
    expect(variables({ 'a.b': '1', 'a-b': '2', a_b: '3' })).toEqual({
      KAFKA_A_B: '1',
      KAFKA_A___B: '2',
      KAFKA_A__B: '3',
    })
  })
})
