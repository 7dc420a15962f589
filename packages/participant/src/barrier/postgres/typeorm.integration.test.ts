import { TYPEORM_POSTGRES } from '../../../test/sql/query-builders.ts'
import { barrierCore } from '../../../test/sql/suite.ts'

barrierCore(TYPEORM_POSTGRES)
