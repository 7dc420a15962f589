import { DRIZZLE_POSTGRES_JS } from '../../../test/sql/query-builders.ts'
import { barrierSuite } from '../../../test/sql/suite.ts'

barrierSuite(DRIZZLE_POSTGRES_JS)
