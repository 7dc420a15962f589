import { MARIADB } from '../../../test/sql/libraries.ts'
import { barrierSuite } from '../../../test/sql/suite.ts'

barrierSuite(MARIADB)
