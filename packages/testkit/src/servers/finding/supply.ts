/** Where a kind of server is had from, on a machine that has neither it nor Docker. */
export interface Supply {
  origin: "Debian's package" | "Maven's repository"
  /** What is brought, such as `Debian's package postgresql`. */
  name: string
  /** What a person could do so that it may be used, such as `install java and mvn`. */
  advice: string
  /** Whether it may be used here. */
  isOpen(): Promise<boolean>
  /** Brings the server unless it is there, and answers with its binary. Rejects with what went wrong on the way. */
  bring(find: () => Promise<string | undefined>): Promise<string | undefined>
}
