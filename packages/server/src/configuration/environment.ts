import { nearestName } from '@assent/contract'
import { type Found, type Layer, notKnown } from './layer.ts'
import { KEYS, type Key, SETTINGS } from './settings.ts'

/** Variables of ours that are no settings: the file to read, and the server that the command line speaks to. */
const OTHER_VARIABLES = new Set(['ASSENT_CONFIG', 'ASSENT_URL'])

/** What tests are told. */
const TEST_PREFIX = 'ASSENT_TEST_'

/** What Kubernetes puts into every pod for a service whose name begins like ours. */
const KUBERNETES =
  /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/

/** Values from variables `ASSENT_…`, and from the same names with `SEATA_`, which yield to them, and bare, which yield to both. */
export function environmentLayer(
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
  warnings: string[],
): Layer {
  const names = new Map<string, Key>(KEYS.map((key) => [SETTINGS[key].name, key]))
  const layer: Found = sharedVariables(environment)
  for (const prefix of ['SEATA_', 'ASSENT_']) {
    for (const [variable, given] of Object.entries(environment)) {
      if (given === undefined || given === '' || !variable.startsWith(prefix)) continue
      const name = variable.slice(prefix.length)
      const key = names.get(name)
      if (key !== undefined) {
        layer.set(key, { given, origin: { kind: 'environment', name: variable } })
        continue
      }
      if (isForeign(variable)) continue
      const said = notKnown(`the variable ${variable}`, nearestName(name, [...names.keys()]), prefix)
      // The environment of another product may well be there, its names misspelt for nobody but us.
      if (prefix === 'SEATA_') warnings.push(`${said}; it is ignored`)
      else problems.push(said)
    }
  }
  return layer
}

/** Values from variables that other programs read, too. */
function sharedVariables(environment: Readonly<Record<string, string | undefined>>): Found {
  const layer: Found = new Map()
  for (const key of KEYS) {
    const { variable } = SETTINGS[key]
    const given = variable === undefined ? '' : (environment[variable] ?? '')
    if (given !== '') layer.set(key, { given, origin: { kind: 'environment', name: String(variable) } })
  }
  return layer
}

function isForeign(variable: string): boolean {
  return OTHER_VARIABLES.has(variable) || variable.startsWith(TEST_PREFIX) || KUBERNETES.test(variable)
}
