import { KNEX_MYSQL } from '../../../test/sql/query-builders.ts'
import { barrierSuite } from '../../../test/sql/suite.ts'

barrierSuite(KNEX_MYSQL)
