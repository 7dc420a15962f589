import { KNEX_MYSQL } from '../../../test/sql/query-builders.ts'
import { barrierCore } from '../../../test/sql/suite.ts'

barrierCore(KNEX_MYSQL)
