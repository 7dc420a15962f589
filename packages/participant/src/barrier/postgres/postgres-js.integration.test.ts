import { POSTGRES_JS } from '../../../test/sql/libraries.ts'
import { barrierSuite } from '../../../test/sql/suite.ts'

barrierSuite(POSTGRES_JS)
