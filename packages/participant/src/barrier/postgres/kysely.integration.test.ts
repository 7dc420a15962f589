import { KYSELY_POSTGRES } from '../../../test/sql/query-builders.ts'
import { barrierSuite } from '../../../test/sql/suite.ts'

barrierSuite(KYSELY_POSTGRES)
