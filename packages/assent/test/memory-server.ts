import { tmpdir } from 'node:os'
import { readConfiguration, type Server, serve } from '@assent/server'

/** A server in this process, on a free port, that keeps transactions in memory and calls again soon. */
export function startMemoryServer(environment: Readonly<Record<string, string>> = {}): Promise<Server> {
  const settings = {
    ASSENT_HTTP_PORT: '0',
    ASSENT_STORE: 'memory',
    ASSENT_LOG_LEVEL: 'silent',
    ASSENT_AUDIT: 'false',
    ASSENT_RETRY_INTERVAL_SECS: '0.02',
    ASSENT_RETRY_MAX_INTERVAL_SECS: '0.1',
    ...environment,
  }
  return serve(readConfiguration({ environment: settings, folder: tmpdir() }))
}
