/** How a server is run: as a process of this machine, or in a container. It has one life after another. */
export interface Runner {
  /** Of its present or last life. */
  readonly pid: number
  readonly isRunning: boolean
  /** Begins a life; says nothing of when the server answers. */
  start(): Promise<void>
  /** Ends a life as a power cut would. Resolves when it is over. */
  kill(): Promise<void>
  pause(): void
  resume(): void
  /** What the server wrote last. */
  log(): Promise<string>
  /** Removes all that it left, once it has ended. */
  remove(): Promise<void>
}
