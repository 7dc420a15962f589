/** Where a service finds what it needs, and is found. */
export interface Environment {
  databaseUrl: string
  /** `HOST:PORT`, several of them between commas. */
  brokers: string
  host: string
  port: number
  /** Where the coordinator is asked which sagas have ended. */
  orderServiceUrl: string
}

type Variables = Readonly<Record<string, string | undefined>>

/** Throws for what can't be. */
export function readEnvironment(
  { database, port }: { database: string; port: number },
  variables: Variables = process.env,
): Environment {
  const { DATABASE_URL, KAFKA_BROKERS, HOST, ORDER_SERVICE_URL } = variables
  return {
    databaseUrl: DATABASE_URL || `postgres://postgres:password@localhost/${database}`,
    brokers: KAFKA_BROKERS || 'localhost:9092',
    host: HOST || '0.0.0.0',
    port: numberOf(variables, 'PORT', { value: port, max: 65_535 }),
    orderServiceUrl: ORDER_SERVICE_URL || 'http://localhost:3001',
  }
}

/** A number from 0 to `max`; `value` where the variable is not set. */
export function numberOf(
  variables: Variables,
  name: string,
  { value, max }: { value: number; max: number },
): number {
  const text = variables[name]?.trim()
  if (text === undefined || text === '') return value
  const number = Number(text)
  if (number >= 0 && number <= max) return number
  throw new TypeError(`${name} must be a number from 0 to ${max}, not ${JSON.stringify(text)}`)
}
