import { join } from 'node:path'
import { createDatabases } from './databases.ts'
import { ServiceProcess } from './service-process.ts'
import { type DatabaseName, SERVICES, type ServiceName } from './services.ts'

export interface SystemOptions {
  postgresUrl: string
  /** `HOST:PORT`, several of them between commas. */
  brokers: string
  /** Where the services write their logs. */
  folder: string
  /** Where each listens that is not to listen where it always does. */
  ports?: Readonly<Partial<Record<ServiceName, number>>>
  /** What the services are told beside where everything is, such as PAYMENT_FAILURE_RATE. */
  environment?: Readonly<Record<string, string>>
  /** What runs in the place of a service. */
  scripts?: Readonly<Partial<Record<ServiceName, string>>>
}

/** The three services on their databases and the broker. */
export interface System extends AsyncDisposable {
  services: Readonly<Record<ServiceName, ServiceProcess>>
  all: readonly ServiceProcess[]
  databases: Readonly<Record<DatabaseName, string>>
  /** Where orders are taken. */
  url: string
  /** Starts all three; resolves when they are well. */
  start(): Promise<void>
  /** Asks them to stop; resolves when they are gone. */
  stop(): Promise<void>
}

/** The services of a new system, with their databases; they are not started yet. */
export async function prepareSystem(options: SystemOptions): Promise<System> {
  const { ports = {}, scripts = {}, environment = {}, folder, brokers } = options
  const databases = await createDatabases(options.postgresUrl)
  const urls = new Map(
    SERVICES.map(({ name, port }) => [name, `http://127.0.0.1:${ports[name] ?? port}`] as const),
  )
  const orderServiceUrl = urls.get('order-service') ?? ''
  const processes = SERVICES.map(({ name, script, database }) => {
    const url = urls.get(name) ?? ''
    return new ServiceProcess({
      name,
      script: scripts[name] ?? script,
      url,
      environment: {
        ...environment,
        DATABASE_URL: databases[database],
        KAFKA_BROKERS: brokers,
        PORT: new URL(url).port,
        HOST: '127.0.0.1',
        ORDER_SERVICE_URL: orderServiceUrl,
      },
      logFile: join(folder, `${name}.log`),
    })
  })
  const services = Object.fromEntries(processes.map((each) => [each.name, each])) as System['services']
  const stop = async () => {
    await Promise.all(processes.map((each) => each.stop()))
  }
  return {
    services,
    all: processes,
    databases,
    url: orderServiceUrl,
    async start() {
      for (const each of processes) each.start()
      await Promise.all(processes.map((each) => each.ready()))
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
