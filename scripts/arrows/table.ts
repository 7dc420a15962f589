/**
 * The allowed arrows, in one table: which room may import which, and why it may import nothing else.
 * Everything of ours that a row does not name is refused with the row's reason.
 */

export type Row = {
  /** Rooms, or single entrances of rooms (`store/memory` is `@assent/store/memory`; `contract/.` the bare name). */
  mayImport: readonly string[]
  otherwise: string
  /** Rooms of which only the ports may be imported: what their index takes from `./ports/`. */
  onlyPortsOf?: readonly string[]
}

const SERVES_NOBODY = 'the front door is for strangers: only examples and bench come in by it'

export const ARROWS: Readonly<Record<string, Row>> = {
  assent: {
    mayImport: [
      'server',
      'client',
      'coordinator',
      'store',
      'transport',
      'participant',
      'testkit',
      'contract',
    ],
    otherwise: 'the front door re-exports what is installed and decides nothing, so it needs no engine',
  },
  contract: {
    mayImport: [],
    otherwise: 'what is said depends on nothing of ours, so that every other room may depend on it',
  },
  engine: {
    mayImport: ['contract/.'],
    otherwise: 'what is decided knows the words of the contract and nothing else, or it can not be simulated',
  },
  coordinator: {
    mayImport: ['engine', 'contract'],
    otherwise: 'the coordinator is handed its store and transports through the ports of the engine',
  },
  store: {
    mayImport: ['engine', 'contract'],
    onlyPortsOf: ['engine'],
    otherwise: 'a store fills a port of the engine and may not know who drives it',
  },
  transport: {
    mayImport: ['engine', 'contract'],
    onlyPortsOf: ['engine'],
    otherwise: 'a transport fills a port of the engine and may not know who drives it',
  },
  server: {
    mayImport: ['coordinator', 'contract'],
    otherwise: 'only the one file that puts the server together knows every part; a door never sees a store',
  },
  client: {
    mayImport: ['participant', 'contract'],
    otherwise: 'an application holds no engine and no drivers; it speaks to a coordinator by the contract',
  },
  participant: {
    mayImport: ['contract'],
    otherwise: 'a called service must not install what coordinates it',
  },
  dashboard: {
    mayImport: ['client', 'contract'],
    otherwise: 'the dashboard shows what any client could see',
  },
  testkit: {
    mayImport: [
      'coordinator',
      'engine',
      'client',
      'participant',
      'store/memory',
      'transport/local',
      // How messages are dealt with is the same whatever broker keeps them.
      'transport/kafka/delivery',
      'contract',
    ],
    otherwise:
      'what is proved is the core with its plainest store and transport, and what applications define; other backends bring themselves',
  },
  // A database to run against is no part of what is shown or measured.
  examples: {
    mayImport: ['assent', 'testkit/servers'],
    otherwise: 'an example imports what a stranger would',
  },
  bench: {
    mayImport: ['assent', 'testkit/servers'],
    otherwise: 'what is measured is what a stranger would install',
  },
  scripts: {
    mayImport: [
      'assent',
      'contract',
      'engine',
      'coordinator',
      'store',
      'transport',
      'server',
      'client',
      'participant',
      'testkit',
    ],
    otherwise: 'the tools look at every published room from outside, and at nothing else',
  },
}

/** Refusals of a room by whoever asks, told before the row's own reason. */
export const REFUSED_TO_ALL: Readonly<Record<string, string>> = { assent: SERVES_NOBODY }

/** Files that may import more than their room. */
export const EXCEPTIONS: Readonly<Record<string, Row>> = {
  'packages/server/src/compose.ts': {
    mayImport: ['coordinator', 'engine', 'transport', 'contract'],
    otherwise:
      'the file that puts the server together knows every part but the stores, which stores.ts makes, and the broker, which broker.ts makes, and nothing beyond',
  },
  'packages/server/src/stores.ts': {
    mayImport: ['coordinator', 'store', 'contract'],
    otherwise: 'the file that makes the configured store knows the stores and nothing else',
  },
  'packages/server/src/broker.ts': {
    mayImport: ['transport', 'contract'],
    otherwise: 'the file that makes the configured broker knows its adapter and nothing else',
  },
}

/** Folders that may not import certain files of their own room. */
export const CLOSED_TO: readonly { from: string; to: string; reason: string }[] = [
  {
    from: 'packages/server/src/doors/',
    to: 'packages/server/src/compose.ts',
    reason: 'a door that imports the file that knows every part would see a store through it',
  },
  {
    from: 'packages/server/src/doors/',
    to: 'packages/server/src/stores.ts',
    reason: 'a door never sees a store',
  },
]

/** What a room may import from outside. Rooms that are not named may import what their package.json declares. */
export const OUTSIDE: Readonly<Record<string, { mayImport: RegExp; otherwise: string }>> = {
  contract: { mayImport: /^typebox(\/|$)/, otherwise: 'the contract must load on any platform' },
  engine: {
    mayImport: /^$/,
    otherwise: 'the engine is pure: no clock, no I/O, no randomness, no dependencies',
  },
}
