import { sqlite } from 'assent/embedded'

export type Store = ReturnType<typeof sqlite>

/** Where transactions are kept. */
export interface StorePlace {
  /** What tells a server of Assent to keep them there. */
  environment: Readonly<Record<string, string>>
  /** The same store without a server; nothing else may have it open where one process owns it. */
  store(): Store
}

/** The embedded store, in the data directory of a server. */
export function inDirectory(directory: string): StorePlace {
  return { environment: { ASSENT_DATA_DIR: directory }, store: () => sqlite({ directory }) }
}
