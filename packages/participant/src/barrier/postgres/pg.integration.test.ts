import { PG } from '../../../test/sql/libraries.ts'
import { barrierSuite } from '../../../test/sql/suite.ts'

barrierSuite(PG)
