import { flagOf, KEYS, readConfiguration, SETTINGS } from '@assent/server/configuration'
import type { Command, Given, Option } from '../command.ts'
import { EXIT } from '../exit-codes.ts'

/** A flag for every setting, as the settings describe themselves. */
export const SETTING_OPTIONS: Readonly<Record<string, Option>> = {
  config: { value: 'FILE', description: 'read this file in place of conf.yaml' },
  ...Object.fromEntries(
    KEYS.map((key) => [
      flagOf(key),
      {
        value: SETTINGS[key].unit?.toUpperCase() ?? 'VALUE',
        description: `${key}: ${SETTINGS[key].description}`,
      },
    ]),
  ),
}

/** The configuration that flags, environment and file make together. */
export function configurationOf(
  given: Given,
  environment: Readonly<Record<string, string | undefined>>,
  folder: string,
) {
  const flags = Object.fromEntries(KEYS.map((key) => [flagOf(key), given.text(flagOf(key))]))
  const file = given.text('config')
  return readConfiguration({ flags, environment, folder, ...(file === undefined ? {} : { file }) })
}

export const start: Command = {
  path: ['start'],
  summary: 'Runs a server until it is told to stop.',
  description: [
    'Settings come from conf.yaml, then the environment, then these flags; `assent config` shows the result. The first SIGTERM or SIGINT stops gracefully, the second at once: either way everything that was accepted is kept, and taken up by the next start.',
  ],
  arguments: [],
  options: SETTING_OPTIONS,
  examples: [
    { line: 'assent start', says: 'on 127.0.0.1:36789, with the data in ./data' },
    { line: 'assent start --http-host 0.0.0.0 --data-dir /var/lib/assent', says: 'for other machines' },
    {
      line: 'ASSENT_STORE=memory assent start --http-port 0',
      says: 'for a test: any free port, nothing kept',
    },
  ],
  async run({ given, around }) {
    const configuration = configurationOf(given, around.environment, around.folder)
    // Loaded here, so that no other command waits for all that a server needs.
    const { serve, untilStopped } = await import('@assent/server')
    const server = await serve(configuration)
    await untilStopped(server)
    return EXIT.ok
  },
}
