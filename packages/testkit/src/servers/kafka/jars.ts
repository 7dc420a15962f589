import { homedir } from 'node:os'
import { join } from 'node:path'
import { installPackage, isRootOnDebian } from '../finding/debian.ts'
import { fetchJars, jarFolder, jarsIn } from '../finding/maven.ts'
import { programOf } from '../finding/path.ts'
import type { Supply } from '../finding/supply.ts'
import { hasJava } from './java.ts'

const POM = join(import.meta.dirname, '../../../kafka/pom.xml')
/** The jar of the broker itself, beside which lie those that it needs. */
const BROKER_JAR = /^kafka_[\d.]+-[\d.]+\.jar$/

/** The jars that our `pom.xml` names, for the machine's own Java: fetched once, and kept in this folder. */
export function kafkaJars(cache = cacheFolder()): Supply {
  return {
    origin: "Maven's repository",
    name: "Apache Kafka of Maven's repository",
    advice: 'install java and mvn',
    isOpen: async () => {
      if (await isRootOnDebian()) return true
      return (await hasJava()) && ((await brokerIn(cache)) !== undefined || (await hasMaven()))
    },
    bring: async () => {
      if (!(await hasJava())) await installPackage('default-jre-headless', hasJava)
      const kept = await brokerIn(cache)
      if (kept) return kept
      if (!(await hasMaven())) await installPackage('maven', hasMaven)
      await fetchJars(POM, await jarFolder(cache, POM))
      return brokerIn(cache)
    },
  }
}

async function brokerIn(cache: string): Promise<string | undefined> {
  const folder = await jarFolder(cache, POM)
  const name = (await jarsIn(folder)).find((jar) => BROKER_JAR.test(jar))
  return name && join(folder, name)
}

async function hasMaven(): Promise<boolean> {
  return (await programOf('mvn')) !== undefined
}

/** Root's is the machine's, because its home is closed to the account that the server runs as. */
function cacheFolder(): string {
  if (process.getuid?.() === 0) return '/var/cache/assent'
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'assent')
}
