import { DRIZZLE_POSTGRES_JS } from '../../../test/sql/query-builders.ts'
import { barrierCore } from '../../../test/sql/suite.ts'

barrierCore(DRIZZLE_POSTGRES_JS)
