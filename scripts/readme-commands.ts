/** The README's commands as a reader would copy them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './command.ts'

export interface ReadmeCommands {
  /** What `npm start` and its like are run by, in the order in which they stand. */
  blocks: readonly string[]
  /** Commands within sentences. */
  inline: readonly string[]
}

export function readmeCommands(): ReadmeCommands {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '')
  const prose = readme.replaceAll(/^```[\s\S]*?^```$/gm, '')
  const inline = [...prose.matchAll(/`((?:curl|npm) [^`]+)`/g)].map((match) => match[1] ?? '')
  return { blocks, inline }
}

/** The ports that the README names, in the order server, north, south. */
export const README_PORTS = ['36789', '36801', '36802'] as const

/** The same command for a server and banks on other ports. */
export function atPorts(command: string, ports: readonly number[]): string {
  return README_PORTS.reduce((text, port, index) => text.replaceAll(port, String(ports[index])), command)
}
