import { DRIZZLE_MYSQL2 } from '../../../test/sql/query-builders.ts'
import { barrierSuite } from '../../../test/sql/suite.ts'

barrierSuite(DRIZZLE_MYSQL2)
