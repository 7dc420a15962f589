import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { mayRun, programOf } from '../finding/path.ts'

/** Starts fast and stays small, rather than becoming fast in the course of days. */
const FLAGS = ['-Xms64m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData']
/** Of what the server writes, for the day that it does not start. */
const LOGGING = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showThreadName=false',
]

/** Java with the jars that belong to a binary; what it unpacks goes to the directory. */
export function javaCommand(binary: string, directory: string): [program: string, ...flags: string[]] {
  const classPath = join(jarsOf(binary), '*')
  return [javaProgram(), ...FLAGS, ...LOGGING, `-Djava.io.tmpdir=${directory}`, '-cp', classPath]
}

export async function hasJava(): Promise<boolean> {
  const program = javaProgram()
  return program === 'java' ? (await programOf(program)) !== undefined : mayRun(program)
}

/** The one that `JAVA_HOME` names, or else that of the PATH. */
function javaProgram(): string {
  const home = process.env.JAVA_HOME
  return home ? join(home, 'bin/java') : 'java'
}

/** A jar lies among the others; a script of an installation, in a folder beside theirs. */
function jarsOf(binary: string): string {
  const folder = dirname(realpathSync(binary))
  return binary.endsWith('.jar') ? folder : join(folder, '../libs')
}
