import { KYSELY_MYSQL } from '../../../test/sql/query-builders.ts'
import { barrierCore } from '../../../test/sql/suite.ts'

barrierCore(KYSELY_MYSQL)
