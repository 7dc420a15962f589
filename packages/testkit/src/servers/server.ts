export type ServerKind = 'postgres' | 'mariadb' | 'redis' | 'kafka'

/** Where a server came from, as the closing lines of a test run say it. */
export type Origin =
  | 'the environment'
  | 'a local binary'
  | 'Docker'
  | "Debian's package"
  | "Maven's repository"

/** A server that a test, a bench or an example talks to. */
export interface TestServer extends AsyncDisposable {
  kind: ServerKind
  /**
   * Such as `postgres://assent:secret@127.0.0.1:20123/assent`, an account that may create databases, or
   * `kafka://127.0.0.1:20123`.
   */
  url: string
  /** What it calls itself: PostgreSQL, MariaDB, MySQL, Redis, Valkey, Apache Kafka. */
  product: string
  /** As the server says, such as `15.18`. */
  version: string
  origin: Origin
  /** Resolves when it has ended and its directory is gone; one of the environment stays as it is. */
  close(): Promise<void>
}

/** A server that was started here, so that it may be broken. Never one of the environment. */
export interface OwnServer extends TestServer {
  /** Of its present life. */
  readonly pid: number
  /** As a power cut: PostgreSQL's immediate shutdown, `kill -9` for the others. Resolves when it is gone. */
  kill(): Promise<void>
  /** Again on the same port and directory; resolves when it answers. */
  start(): Promise<void>
  /** Stops all of it in its tracks (SIGSTOP): connections stay open and nothing answers. */
  pause(): void
  /** Lets it go on (SIGCONT). */
  resume(): void
}

export interface ServerOptions {
  /** Settings of the server by its own names, which take the place of ours. */
  settings?: Readonly<Record<string, string>>
  /** Of 127.0.0.1. Without it, one that is free. */
  port?: number
}
