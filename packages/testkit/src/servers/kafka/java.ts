import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { mayRun, programOf } from '../finding/path.ts'

/** Starts fast and stays small, rather than getting fast in the course of days. */
const FLAGS = ['-Xms64m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData']

/** The Java that `JAVA_HOME` names, or else that of the PATH. */
export async function javaBinary(): Promise<string | undefined> {
  const home = process.env.JAVA_HOME
  const named = home && join(home, 'bin/java')
  return named && (await mayRun(named)) ? named : programOf('java')
}

/** Java with the jars of an installation, or of the folder of a jar; what it unpacks goes to the directory. */
export function javaCommand(binary: string, directory: string): string[] {
  const path = realpathSync(binary)
  const jars = path.endsWith('.jar') ? dirname(path) : join(dirname(path), '../libs')
  const home = process.env.JAVA_HOME
  return [
    home ? join(home, 'bin/java') : 'java',
    ...FLAGS,
    `-Djava.io.tmpdir=${directory}`,
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-cp',
    join(jars, '*'),
  ]
}
