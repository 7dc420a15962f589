/** A coordinator in the process, on each of the databases, from the packed stores with their migrations and scripts. */
import { openCoordinator } from 'assent/embedded'
import { mysql } from 'assent/store/mysql'
import { postgres } from 'assent/store/postgres'
import { redis } from 'assent/store/redis'

const { PROOF_POSTGRES_URL = '', PROOF_MYSQL_URL = '', PROOF_REDIS_URL = '' } = process.env
const name = `proof_${process.pid}`
for (const store of [
  postgres({ url: PROOF_POSTGRES_URL, schema: name }),
  mysql({ url: PROOF_MYSQL_URL }),
  redis({ url: PROOF_REDIS_URL, prefix: name }),
]) {
  await using assent = await openCoordinator({ store, transports: [] })
  const ended = await assent.run({ branches: [{ branchId: 'nothing-to-call' }], waitMs: 10_000 })
  if (ended.status !== 'COMMITTED') throw new Error(`on ${store.kind} it ended ${ended.status}`)
}
