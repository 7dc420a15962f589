import { end, launch } from '../../processes/launch.ts'
import { versionOf } from '../processes/installed.ts'
import { orderFor } from '../services/order.ts'
import type { RunningSide, Side } from './side.ts'

/** Twice its default. */
const POOL_SIZE = 20

export const dbos: Side = {
  id: 'dbos',
  name: 'DBOS',
  against: 'Assent on PostgreSQL',
  async start(databases) {
    const postgres = await databases.get('postgres')
    const url = new URL(postgres.url)
    // Of its own, which it makes itself.
    url.pathname = '/dbos'
    const file = new URL('../services/dbos-service.ts', import.meta.url)
    const { child, ready } = await launch<{ port: number }>(file, [url.href, String(POOL_SIZE)])
    return {
      settings: [
        `DBOS Transact ${versionOf('@dbos-inc/dbos-sdk')} on PostgreSQL ${postgres.version}, the same server as Assent's, in a database of its own: \`systemDatabasePoolSize\` ${POOL_SIZE} (its default is 10), logs from ERROR on, else its defaults.`,
        'The service of DBOS is one process: a `node:http` route starts a workflow with the id that came with the request and answers with `handle.getResult()`. A step is `DBOS.runStep`; a refusal is its result, and the workflow undoes what came before. DBOS commits to PostgreSQL when a workflow starts, after each step, and when it ends.',
      ],
      processes: { service: child.pid ?? 0, PostgreSQL: postgres.pid },
      ask: (work, participant) => ({
        url: `http://127.0.0.1:${ready.port}/sagas`,
        body: orderFor(work, participant),
        status: 200,
        says: `"status":"${work.ends}"`,
      }),
      [Symbol.asyncDispose]: () => end(child),
    } satisfies RunningSide
  },
}
