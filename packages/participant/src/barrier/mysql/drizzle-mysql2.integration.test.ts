import { DRIZZLE_MYSQL2 } from '../../../test/sql/query-builders.ts'
import { barrierCore } from '../../../test/sql/suite.ts'

barrierCore(DRIZZLE_MYSQL2)
