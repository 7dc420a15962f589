import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ConfigurationError,
  type ConfigurationSources,
  flagOf,
  KEYS,
  readConfiguration,
  SETTINGS,
} from './index.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assent-configuration-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
/** A file with this text. */
function file(text: string): string {
  const path = join(folder, `${++files}.yaml`)
  writeFileSync(path, text)
  return path
}

const read = (sources: ConfigurationSources) => readConfiguration({ folder, ...sources })
const problems = (sources: ConfigurationSources): readonly string[] => {
  try {
    read(sources)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

describe('the configuration', () => {
  it('is the defaults when nothing is said, with 127.0.0.1:36789 and sqlite in ./data', () => {
    const { values, origins } = read({})
    expect(values).toMatchObject({
      'server.http_host': '127.0.0.1',
      'server.http_port': 36_789,
      'server.grpc_port': 36_790,
      'server.cors_origins': [],
      'store.type': 'sqlite',
      'store.data_dir': './data',
      'store.max_open_conns': 200,
      'store.max_idle_conns': 20,
      'store.conn_max_life_time_minutes': 30,
      'exec.request_timeout_secs': 30,
      'exec.retry_interval_secs': 1,
      'exec.timeout_to_fail_secs': 60,
      'exec.branch_parallelism': 10,
      'exec.call_allow': [],
    })
    expect(Object.values(origins).every(({ kind }) => kind === 'default')).toBe(true)
  })

  it('is the file, then the environment, then the flags, and remembers which', () => {
    const path = file(
      'server:\n  http_port: 1\n  grpc_port: 1\nexec:\n  branch_parallelism: 1\nstore:\n  type: memory\n',
    )
    const { values, origins } = read({
      file: path,
      environment: { SEATA_HTTP_PORT: '2', ASSENT_GRPC_PORT: '2', ASSENT_BRANCH_PARALLELISM: '2' },
      flags: { 'grpc-port': '3', 'branch-parallelism': '3' },
    })
    expect([values['store.type'], origins['store.type']]).toEqual([
      'memory',
      { kind: 'file', name: expect.stringMatching(/^\d+\.yaml:7$/) },
    ])
    expect([values['server.http_port'], origins['server.http_port']]).toEqual([
      2,
      { kind: 'environment', name: 'SEATA_HTTP_PORT' },
    ])
    expect([values['server.grpc_port'], origins['server.grpc_port']]).toEqual([
      3,
      { kind: 'flag', name: '--grpc-port' },
    ])
  })

  it('takes every setting from the environment under both names, ours first, and as a flag', () => {
    for (const key of KEYS) {
      const { name, kind } = SETTINGS[key]
      const given = {
        'store.type': 'memory',
        'store.redis.url': 'rediss://host:7',
        'store.mysql.dsn': 'mysql://host/db',
        'store.postgres.dsn': 'postgresql://host/db',
        'log.level': 'warn',
        'kafka.brokers': 'kafka-1:9092',
        'kafka.tls': 'true',
        'kafka.sasl_mechanism': 'scram-sha-512',
        'kafka.reply_topic': 'replies.of_mine-1',
        'store.redis.wait_aof': 'true',
        'log.audit': 'false',
      }[key as string]
      const text = given ?? (kind.means.includes('number') ? '77' : 'http://127.0.0.1:7')
      for (const sources of [
        { environment: { [`SEATA_${name}`]: text } },
        { environment: { [`SEATA_${name}`]: 'ignored', [`ASSENT_${name}`]: text } },
        { flags: { [flagOf(key)]: text } },
      ]) {
        const { values, origins } = read(sources)
        expect([values[key]].flat().map(String)).toEqual([text])
        expect(origins[key].kind).not.toBe('default')
      }
    }
  })

  it('is frozen', () => {
    const { values } = read({ environment: { ASSENT_CALL_ALLOW: 'http://a' } })
    expect(() => Object.assign(values, { 'server.http_port': 1 })).toThrow(TypeError)
    expect(() => (values['exec.call_allow'] as string[]).push('http://b')).toThrow(TypeError)
  })

  it('reads conf.yaml of the working folder when no other file is named', () => {
    const here = mkdtempSync(join(folder, 'here-'))
    writeFileSync(
      join(here, 'conf.yaml'),
      'store:\n  type: sled\n  redis:\n    url: redis://:p%40ss@host:6379/0\n',
    )
    const { values, origins } = readConfiguration({ folder: here })
    expect(values['store.type']).toBe('sqlite')
    expect(origins['store.redis.url']).toEqual({ kind: 'file', name: 'conf.yaml:4' })
    const other = file('store:\n  type: memory\n')
    expect(
      readConfiguration({ folder: here, environment: { ASSENT_CONFIG: other } }).values['store.type'],
    ).toBe('memory')
    expect(readConfiguration({ folder: here, file: other }).values['store.type']).toBe('memory')
  })

  it('takes empty sections, empty variables and lists either way for what they are', () => {
    const path = file(
      'server:\nstore:\n  redis:\nexec:\n  call_allow:\n    - https://a.example\n    - http://b:8080\n  branch_parallelism:\n',
    )
    const { values } = read({
      file: path,
      environment: { ASSENT_HTTP_HOST: '', ASSENT_CORS_ORIGINS: 'http://a, http://b ,' },
    })
    expect(values['exec.call_allow']).toEqual(['https://a.example', 'http://b:8080'])
    expect(values['server.cors_origins']).toEqual(['http://a', 'http://b'])
    expect(values['server.http_host']).toBe('127.0.0.1')
    expect(read({ file: file('') }).values['store.type']).toBe('sqlite')
  })
})

describe('where databases are', () => {
  const redis = (given: string) => read({ environment: { SEATA_REDIS_URL: given } }).values['store.redis.url']

  it('may be several nodes of one Redis Cluster', () => {
    expect(redis('redis://a:6379')).toEqual(['redis://a:6379'])
    expect(redis('redis://a:6379, rediss://b:6380')).toEqual(['redis://a:6379', 'rediss://b:6380'])
    const path = file('store:\n  redis:\n    url:\n      - redis://a:1\n      - redis://b:2\n')
    expect(read({ file: path }).values['store.redis.url']).toEqual(['redis://a:1', 'redis://b:2'])
  })

  it('may hold a password with a comma', () => {
    expect(redis('redis://:p,w@a:1,redis://:x,redis@b:2')).toEqual([
      'redis://:p,w@a:1',
      'redis://:x,redis@b:2',
    ])
  })

  it('may be said of a store by its other name', () => {
    const type = (given: string) => read({ environment: { SEATA_STORE: given } }).values['store.type']
    expect(['PostgreSQL', 'mariadb', 'valkey', 'sled'].map(type)).toEqual([
      'postgres',
      'mysql',
      'redis',
      'sqlite',
    ])
  })
})

describe('where Kafka is', () => {
  const brokers = (environment: Record<string, string>) => read({ environment }).values['kafka.brokers']

  it('may be said by the variable that other programs read, which yields to ours', () => {
    const shared = { KAFKA_BROKERS: 'a:9092, b:9093' }
    expect(brokers({})).toEqual([])
    expect(brokers(shared)).toEqual(['a:9092', 'b:9093'])
    expect(brokers({ ...shared, SEATA_KAFKA_BROKERS: '[::1]:1' })).toEqual(['[::1]:1'])
    expect(brokers({ ...shared, ASSENT_KAFKA_BROKERS: 'c:1' })).toEqual(['c:1'])
    expect(brokers({ KAFKA_BROKERS: 'kafka://a:9092' })).toEqual(['a:9092'])
  })

  it('is no address without a port, and its topics are what Kafka lets them be', () => {
    const environment = { KAFKA_BROKERS: 'a:9092,b', ASSENT_KAFKA_REPLY_TOPIC: 'my replies' }
    expect(problems({ environment })).toEqual([
      'kafka.brokers must be a list of brokers such as kafka-1:9092, and holds "b", in KAFKA_BROKERS',
      'kafka.reply_topic must be 1 to 249 of A-Z a-z 0-9 . _ - and is "my replies", in ASSENT_KAFKA_REPLY_TOPIC',
    ])
  })

  it('may be among what branches may name, by topic', () => {
    const allow = (given: string) =>
      read({ environment: { ASSENT_CALL_ALLOW: given } }).values['exec.call_allow']
    expect(allow('kafka:payments,https://a.example')).toEqual(['kafka:payments', 'https://a.example'])
    expect(problems({ environment: { ASSENT_CALL_ALLOW: 'kafka:payments/Pay' } })).toHaveLength(1)
    expect(problems({ environment: { ASSENT_CORS_ORIGINS: 'kafka:payments' } })).toHaveLength(1)
  })
})

describe('what is not known', () => {
  it('is refused in the file, with the nearest key and the line', () => {
    const path = file(
      'server:\n  http_prot: 1\nexec:\n  parallelism: 2\nretry_interval_secs: 3\nstoer:\n  type: sqlite\n',
    )
    expect(problems({ file: path })).toEqual([
      expect.stringMatching(
        /^server\.http_prot is not known; did you mean server\.http_port\?, in \d+\.yaml:2$/,
      ),
      expect.stringMatching(/^exec\.parallelism is not known.*yaml:4$/),
      expect.stringMatching(
        /^retry_interval_secs is not known; did you mean exec\.retry_interval_secs\?, in/,
      ),
      expect.stringMatching(/^stoer is not known; did you mean store\?, in/),
    ])
  })

  it('is refused as a flag and as a variable ASSENT_…', () => {
    expect(problems({ flags: { 'htp-port': '1' }, environment: { ASSENT_DATADIR: 'x' } })).toEqual([
      'the variable ASSENT_DATADIR is not known; did you mean ASSENT_DATA_DIR?',
      'the flag --htp-port is not known; did you mean --http-port?',
    ])
  })

  it('is a warning as a variable SEATA_…, which may be meant for somebody else', () => {
    expect(read({ environment: { SEATA_STOER: 'x', SEATA_ETCD_NS: '/seata' } }).warnings).toEqual([
      'the variable SEATA_STOER is not known; did you mean SEATA_STORE?; it is ignored',
      expect.stringContaining('SEATA_ETCD_NS is not known'),
    ])
  })

  it('is left alone where Kubernetes or a test put it', () => {
    const environment = {
      ASSENT_SERVICE_HOST: '10.0.0.1',
      ASSENT_SERVICE_PORT: '36789',
      ASSENT_SERVICE_PORT_HTTP: '36789',
      ASSENT_PORT: 'tcp://10.0.0.1:36789',
      ASSENT_PORT_36789_TCP: 'tcp://10.0.0.1:36789',
      ASSENT_PORT_36789_TCP_ADDR: '10.0.0.1',
      ASSENT_TEST_ANYTHING: '1',
      ASSENT_URL: 'http://127.0.0.1:1',
    }
    const { warnings } = read({ environment })
    expect(warnings).toEqual([])
  })
})

describe('a value that does not fit', () => {
  it('is refused with what it must be and where it stands, all of them at once', () => {
    const path = file('server:\n  http_port: 99999\nstore:\n  type: sqlight\nlog:\n  audit: perhaps\n')
    const environment = {
      ASSENT_RETRY_INTERVAL_SECS: 'soon',
      ASSENT_CALL_ALLOW: 'https://a.example/path',
      ASSENT_GRPC_PORT: 'tcp://10.0.0.1:36790',
    }
    expect(problems({ file: path, environment }).join('\n')).toMatch(
      new RegExp(
        [
          'server.http_port must be a whole number from 0 to 65535 and is 99999, in \\d+.yaml:2',
          'server.grpc_port must be .* \\(Kubernetes sets this .*\\), in ASSENT_GRPC_PORT',
          'store.type must be one of sqlite, memory, redis, mysql, postgres and is "sqlight", in \\d+.yaml:4',
          'exec.retry_interval_secs must be a number from 0.001 to 86400 and is "soon", in ASSENT_RETRY_INTERVAL_SECS',
          'exec.call_allow must be a list of origins such as .*, and holds "https://a.example/path", in ASSENT_CALL_ALLOW',
          'log.audit must be true or false and is "perhaps", in \\d+.yaml:6',
        ].join('\n'),
      ),
    )
  })

  it('is a section where a value should be, or a value where a section should be', () => {
    expect(problems({ file: file('server: 7\n') })[0]).toContain('server must hold settings of its own')
    expect(problems({ file: file('- server\n') })[0]).toContain('must hold sections such as')
    expect(problems({ file: file('server: {http_port: [1]}\n') })[0]).toContain('must be a whole number')
  })

  it('is a file that is no YAML, says a thing twice, or is not there', () => {
    expect(problems({ file: file('server: [\n') }).length).toBeGreaterThan(0)
    expect(problems({ file: file('server:\n  http_port: 1\n  http_port: 2\n') })[0]).toContain('unique')
    expect(problems({ file: join(folder, 'nowhere.yaml') })[0]).toContain('can not be read')
  })

  it('is a database that is written as some driver has it, and is told the form of a URL', () => {
    const said = (name: string, given: string) => problems({ environment: { [name]: given } })[0]
    expect(said('ASSENT_MYSQL_DSN', 'root:hunter2@tcp(127.0.0.1:3306)/assent')).toContain(
      'store.mysql.dsn must be a URL such as mysql://user:password@host:3306/assent,',
    )
    expect(said('ASSENT_POSTGRES_DSN', 'host=db user=u dbname=assent')).toContain('such as postgres://user:')
    expect(said('ASSENT_POSTGRES_DSN', 'mysql://host/assent')).toContain('such as postgres://user:')
    expect(said('ASSENT_REDIS_URL', 'redis://a, http://b')).toContain('such as redis://user:')
  })

  it('never repeats a URL that can not be read, for it may hold a password', () => {
    const said = problems({
      environment: {
        ASSENT_REDIS_URL: 'redis://a,redis//:hunter2@host',
        ASSENT_MYSQL_DSN: 'root:hunter2@tcp(127.0.0.1:3306)/assent',
      },
    })
    expect(said).toHaveLength(2)
    expect(said.join()).not.toContain('hunter2')
  })
})

it('passwords are masked where values are shown', () => {
  const { kind } = SETTINGS['kafka.sasl_password']
  expect([kind.show('hunter2'), kind.masked?.('hunter2'), kind.show('')]).toEqual(['***', '***', ''])
  const { show } = SETTINGS['store.postgres.dsn'].kind
  expect(show('postgres://user:secret@host/db')).toBe('postgres://user:***@host/db')
  expect(show('postgres://host/db?user=u&password=secret')).not.toContain('secret')
  const redis = SETTINGS['store.redis.url'].kind
  expect(redis.show(['redis://host:6379/0'])).toBe('redis://host:6379/0')
  expect(redis.show(['redis://:secret@a:1', 'redis://b:2'])).toBe('redis://:***@a:1, redis://b:2')
})

describe('the secrets of calls', () => {
  const [secret, next] = ['the-secret-of-today', 'the-secret-of-tomorrow']

  it('are one or several, from the environment or the file', () => {
    const one = read({ environment: { ASSENT_CALL_SECRET: secret } })
    expect(one.values['exec.call_secret']).toEqual([secret])
    const both = read({ environment: { ASSENT_CALL_SECRET: `${secret}, ${next}` } })
    expect(both.values['exec.call_secret']).toEqual([secret, next])
    const listed = read({ file: file(`exec:\n  call_secret:\n    - ${secret}\n    - ${next}\n`) })
    expect(listed.values['exec.call_secret']).toEqual([secret, next])
  })

  it('are never shown', () => {
    const { kind } = SETTINGS['exec.call_secret']
    expect(kind.show([secret, next])).toBe('***, ***')
    expect(JSON.stringify(kind.masked?.([secret]))).not.toContain(secret)
  })

  it.each(['changeme', `${secret},short`, [secret, secret, secret, secret].join()])(
    'are refused without being repeated: %j',
    (given) => {
      const found = problems({ environment: { ASSENT_CALL_SECRET: given } })
      expect(found).toEqual([
        expect.stringMatching(/^exec.call_secret (must|may) hold .* in ASSENT_CALL_SECRET$/),
      ])
      expect(found[0]).not.toContain('changeme')
      expect(found[0]).not.toContain(secret)
    },
  )
})
