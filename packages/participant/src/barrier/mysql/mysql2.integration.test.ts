import { MYSQL2 } from '../../../test/sql/libraries.ts'
import { barrierSuite } from '../../../test/sql/suite.ts'

barrierSuite(MYSQL2)
