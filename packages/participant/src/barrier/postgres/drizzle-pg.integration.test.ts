import { DRIZZLE_PG } from '../../../test/sql/query-builders.ts'
import { barrierSuite } from '../../../test/sql/suite.ts'

barrierSuite(DRIZZLE_PG)
