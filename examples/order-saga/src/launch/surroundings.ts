import { testKafka, testPostgres } from '@assent/testkit/servers'
import { kafkaBroker } from 'assent/kafka'
import { reasonOf } from '../service/patiently.ts'

/** The servers that the services share. Those that were started here end with it. */
export interface Surroundings extends AsyncDisposable {
  /** Of an account that may create databases. */
  postgresUrl: string
  /** `HOST:PORT`, several of them between commas. */
  brokers: string
  /** What was found or started, a line for people each. */
  words: readonly string[]
}

/** The servers that DATABASE_URL and KAFKA_BROKERS name; what they do not name is found or started on this machine. */
export async function findSurroundings({
  DATABASE_URL,
  KAFKA_BROKERS,
}: NodeJS.ProcessEnv): Promise<Surroundings> {
  await using started = new AsyncDisposableStack()
  const words: string[] = []
  const begun = async (server: ReturnType<typeof testPostgres | typeof testKafka>) => {
    const { url, product, version, origin } = started.use(await server)
    words.push(`${product} ${version} of ${origin}`)
    return url
  }
  const [postgresUrl, brokers] = await Promise.all([
    DATABASE_URL || begun(testPostgres()),
    KAFKA_BROKERS || begun(testKafka()).then((url) => new URL(url).host),
  ])
  if (DATABASE_URL) words.push('PostgreSQL of DATABASE_URL')
  if (KAFKA_BROKERS) {
    await refuseAbsentKafka(KAFKA_BROKERS)
    words.push('Kafka of KAFKA_BROKERS')
  }
  const own = started.move()
  return { postgresUrl, brokers, words, [Symbol.asyncDispose]: () => own.disposeAsync() }
}

/** The services would wait for it; whoever has just named it wants to know. */
async function refuseAbsentKafka(brokers: string): Promise<void> {
  const broker = kafkaBroker({ brokers })
  try {
    await broker.ping()
  } catch (error) {
    const message = `No Kafka answers at ${brokers}, which KAFKA_BROKERS names: ${reasonOf(error)}`
    throw new Error(message, { cause: error })
  } finally {
    await broker.close()
  }
}
