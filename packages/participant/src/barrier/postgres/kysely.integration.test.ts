import { KYSELY_POSTGRES } from '../../../test/sql/query-builders.ts'
import { barrierCore } from '../../../test/sql/suite.ts'

barrierCore(KYSELY_POSTGRES)
