import { PRISMA_MYSQL } from '../../../test/sql/prisma.ts'
import { barrierCore } from '../../../test/sql/suite.ts'

barrierCore(PRISMA_MYSQL)
