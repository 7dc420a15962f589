import { readFileSync } from 'node:fs'
import type { CoordinatorParts } from '@assent/coordinator'
import { memory } from '@assent/store/memory'
import { mysql } from '@assent/store/mysql'
import { postgres } from '@assent/store/postgres'
import { redis } from '@assent/store/redis'
import { sqlite } from '@assent/store/sqlite'
import { type Configuration, ConfigurationError, type Key, type Values } from './configuration/index.ts'

type Store = CoordinatorParts['store']

/**
 * The store that the configuration names, not open yet. The driver of a database is loaded when the store is opened,
 * so that a server on another store starts without it. Throws ConfigurationError.
 */
export function configuredStore(configuration: Configuration, onFatal: (error: Error) => void): Store {
  const { values } = configuration
  switch (values['store.type']) {
    case 'sqlite':
      return sqlite({ directory: values['store.data_dir'], onFatal })
    case 'memory':
      return memory()
    case 'postgres':
      return postgres({
        url: values['store.postgres.dsn'],
        schema: values['store.postgres.schema'],
        ...databaseOptions(configuration),
      })
    case 'mysql':
      return mysql({ url: values['store.mysql.dsn'], ...databaseOptions(configuration) })
    case 'redis':
      return redis({
        url: values['store.redis.url'],
        prefix: values['store.redis.prefix'],
        waitAof: values['store.redis.wait_aof'],
        ...databaseOptions(configuration),
      })
  }
}

/** What every database can be told. */
function databaseOptions(configuration: Configuration) {
  const { values } = configuration
  return {
    connections: {
      ...ifSet(configuration, 'store.max_open_conns', (max) => ({ max })),
      ...ifSet(configuration, 'store.max_idle_conns', (idleMax) => ({ idleMax })),
      lifeMs: values['store.conn_max_life_time_minutes'] * 60_000,
    },
    acceptedWeaknesses: values['store.accept_weaknesses'],
    ...tlsOptions(values),
  }
}

/** A store knows better than these defaults, which are those of another product, how many connections it needs. */
function ifSet<Part>(
  { values, origins }: Configuration,
  key: Extract<Key, 'store.max_open_conns' | 'store.max_idle_conns'>,
  part: (value: number) => Part,
): Part | undefined {
  return origins[key].kind === 'default' ? undefined : part(values[key])
}

function tlsOptions(values: Values) {
  const file = values['store.tls_ca_file']
  if (file === '') return {}
  try {
    return { tls: { ca: readFileSync(file) } }
  } catch (cause) {
    throw new ConfigurationError([`store.tls_ca_file can not be read: ${(cause as Error).message}`], {
      cause,
    })
  }
}
