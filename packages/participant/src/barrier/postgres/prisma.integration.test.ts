import { PRISMA_POSTGRES } from '../../../test/sql/prisma.ts'
import { barrierSuite } from '../../../test/sql/suite.ts'

barrierSuite(PRISMA_POSTGRES)
