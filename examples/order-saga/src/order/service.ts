import { type Embedded, isAssentError, open } from 'assent'
import type { Commands } from 'assent/participant'
import { postgres } from 'assent/store/postgres'
import type { PoolClient } from 'pg'
import { COMMANDS, REPLIES } from '../messages/topics.ts'
import { patiently } from '../service/patiently.ts'
import { type Service, type ServiceOptions, startService } from '../service/service.ts'
import { ORDER_COMMANDS } from './commands.ts'
import { order } from './definition.ts'
import { MIGRATIONS } from './migrations.ts'
import { Reports } from './reports.ts'
import { addRoutes } from './routes.ts'

/**
 * Takes orders, and drives their sagas: the coordinator is in this process, and keeps them in the same database. For tests
 * it may do something else for a command.
 */
export function startOrderService({
  commands = ORDER_COMMANDS,
  ...options
}: ServiceOptions & { commands?: Commands<PoolClient> }): Promise<Service> {
  // It is open before the first request is let in and the first sweep begins.
  let coordinator: Embedded
  const reports = new Reports()
  return startService(
    {
      name: 'order-service',
      topic: COMMANDS.order,
      commands,
      migrations: MIGRATIONS,
      ended: (gids) => coordinator.transactions.ended(gids),
      addRoutes: (routes, pool) => addRoutes(routes, pool, () => coordinator),
      metrics: () => reports.metrics(),
      begin: async () => {
        coordinator = await openCoordinator(options, reports)
        return coordinator
      },
    },
    options,
  )
}

function openCoordinator(
  { environment, broker, signal }: ServiceOptions,
  observer: Reports,
): Promise<Embedded> {
  const attempt = () =>
    open({
      store: postgres({ url: environment.databaseUrl }),
      definitions: [order],
      application: 'order-service',
      observer,
      kafka: { broker, replies: REPLIES, group: 'order-service-replies' },
    })
  const isAway = (error: unknown) => isAssentError(error) && error.code === 'STORE_UNAVAILABLE'
  return patiently(attempt, { for: 'the database', isAway, signal })
}
