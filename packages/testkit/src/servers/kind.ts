import type { Supply } from './finding/supply.ts'
import type { ServerKind } from './server.ts'

/** What a server says of itself. */
export interface Greeting {
  product: string
  version: string
}

/** How one gets in. */
export interface Address {
  port: number
  user: string
  password: string
}

/** Where a server that is started from a binary lives: in a directory of its own, which its account owns. */
export interface Place extends Address {
  directory: string
}

export type Settings = Readonly<Record<string, string>>

/** With what a new directory is filled. */
export interface Tools {
  /** Runs a program to its end, as the account of the server and in its directory. */
  run(program: string, args: readonly string[], input?: string): Promise<void>
  /** Writes a file into the directory that the account may read, and answers with its path. */
  write(name: string, text: string): Promise<string>
}

/** What its public image asks for. */
export interface Container {
  image: string
  /** Whom the image makes with all rights. */
  user: string
  environment(address: Address, settings: Settings): Readonly<Record<string, string>>
  /** None is what the image runs by itself. */
  command(address: Address, settings: Settings): readonly string[]
}

/** What is to be known of a kind of server. */
export interface KindOfServer {
  kind: ServerKind
  /** As people write it. */
  name: string
  /** The variables of the environment that name a server to use; the first that is set counts. */
  variables: readonly string[]
  /** The URL that the value of such a variable stands for. */
  urlNamed(value: string): string
  /** The program, and folders in which it may lie beside those of PATH; `*` is any name. */
  program: string
  folders: readonly string[]
  /** The account that its package makes: where tests run as root, no server does. */
  account: string
  /** Where it is had from on a machine that has neither it nor Docker. */
  supply: Supply
  container: Container
  /** The signal that ends it as a power cut would. */
  killSignal: 'SIGQUIT' | 'SIGKILL'
  /** Fills the empty directory, once. */
  prepare(binary: string, place: Place, tools: Tools): Promise<void>
  /** The program that runs as the server, which need not be its binary, and the arguments of that. */
  command(binary: string, place: Place, settings: Settings): readonly string[]
  url(address: Address): string
  /** What it says of itself. Rejects while it does not answer, or not yet. */
  greet(url: URL): Promise<Greeting>
}
