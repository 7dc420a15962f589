import type { ServerKind } from './server.ts'

/** What a server says of itself. */
export interface Greeting {
  product: string
  version: string
}

/** Where a server that is started here lives. */
export interface Place {
  /** Private to it; the account that it runs as owns it. */
  directory: string
  port: number
  password: string
}

/** Runs a program to its end, as the account of the server and in its directory. */
export type RunProgram = (program: string, args: readonly string[], input?: string) => Promise<void>

/** What is to be known of a kind of server. */
export interface KindOfServer {
  kind: ServerKind
  /** As people write it. */
  name: string
  /** The variable of the environment that names a server to use. */
  variable: string
  /** The program, and folders in which it may lie beside those of PATH; `*` is any name. */
  program: string
  folders: readonly string[]
  /** The account that its package makes: no server of a root runs as root. */
  account: string
  debianPackage: string
  image: string
  /** The signal that ends it as a power cut would. */
  killSignal: 'SIGQUIT' | 'SIGKILL'
  /** Fills the empty directory, once. */
  prepare(binary: string, place: Place, run: RunProgram): Promise<void>
  /** The arguments with which it runs. */
  arguments(place: Place, settings: Readonly<Record<string, string>>): string[]
  url(place: Place): string
  /** What it says of itself. Rejects while it does not answer, or not yet. */
  greet(url: URL): Promise<Greeting>
}
