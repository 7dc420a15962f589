import { flagOf } from './read.ts'
import { KEYS, type Key, SETTINGS } from './settings.ts'

const INTRODUCTION = `# Configuration

<!-- Generated from packages/server/src/configuration/settings.ts by scripts/document-configuration.ts. -->

Values are read once, at start: first \`conf.yaml\` in the working folder (or the file that \`--config FILE\` or
\`ASSENT_CONFIG\` names), then the environment, then the flags of \`assent start\`; the later one wins. Every key
has an environment variable \`ASSENT_…\`; the same name with \`SEATA_\` is accepted and yields to it.

A key, a flag or a variable \`ASSENT_…\` that is not known is refused, with the nearest one that is; an unknown
variable \`SEATA_…\` is named in a warning. \`assent config\` shows every settled value and where it came from,
passwords masked.

This version opens no gRPC door yet: what is said of that door is read and checked, and not used. A database's URL
may hold a password: name it in the environment rather than in the file or on the command line, which others can
read.

\`\`\`yaml
server:
  http_host: 0.0.0.0
store:
  type: sqlite
  data_dir: /var/lib/assent
exec:
  request_timeout_secs: 10
  call_allow:
    - https://accounts.bank.example
    - https://ledger.bank.example
\`\`\`
`

/** docs/configuration.md, as the settings describe themselves. */
export function configurationPage(): string {
  const sections = Object.groupBy(KEYS, (key) => key.split('.')[0] ?? '')
  const pages = Object.entries(sections).map(
    ([section, keys]) => `\n## ${section}\n${(keys ?? []).map(entry).join('')}`,
  )
  return `${INTRODUCTION}${pages.join('')}`
}

function entry(key: Key): string {
  const { name, kind, description, unit, variable } = SETTINGS[key]
  const initial = (kind.show as (value: unknown) => string)(kind.initial)
  const facts = [
    `${kind.means}${unit === undefined || kind.means.includes(unit) ? '' : `, ${unit}`}`,
    `default \`${initial === '' ? 'none' : initial}\``,
    `\`ASSENT_${name}\`${variable === undefined ? '' : ` or \`${variable}\``}`,
    `\`--${flagOf(key)}\``,
  ]
  return `\n### \`${key}\`\n\n${description}\n\n${facts.join(' · ')}\n`
}
