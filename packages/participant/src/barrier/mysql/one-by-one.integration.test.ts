import { MYSQL2_ONE_BY_ONE } from '../../../test/sql/libraries.ts'
import { barrierSuite } from '../../../test/sql/suite.ts'

barrierSuite(MYSQL2_ONE_BY_ONE)
