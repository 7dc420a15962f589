/** A coordinator in the process, on PostgreSQL, from the packed store with its migrations. */
import { open } from 'assent/embedded'
import { postgres } from 'assent/store/postgres'

const { PROOF_POSTGRES_URL: url = '' } = process.env
await using assent = await open({ store: postgres({ url, schema: `proof_${process.pid}` }), transports: [] })
const ended = await assent.run({ branches: [{ branchId: 'nothing-to-call' }], waitMs: 10_000 })
if (ended.status !== 'COMMITTED') throw new Error(`it ended ${ended.status}`)
