import { PRISMA_MYSQL } from '../../../test/sql/prisma.ts'
import { barrierSuite } from '../../../test/sql/suite.ts'

barrierSuite(PRISMA_MYSQL)
