import { TYPEORM_POSTGRES } from '../../../test/sql/query-builders.ts'
import { barrierSuite } from '../../../test/sql/suite.ts'

barrierSuite(TYPEORM_POSTGRES)
