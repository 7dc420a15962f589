import { DRIZZLE_PG } from '../../../test/sql/query-builders.ts'
import { barrierCore } from '../../../test/sql/suite.ts'

barrierCore(DRIZZLE_PG)
