import { COMMANDS } from '../messages/topics.ts'
import { type Service, type ServiceOptions, startService } from '../service/service.ts'
import { paymentCommands } from './commands.ts'
import { MIGRATIONS } from './migrations.ts'

/** Charges and refunds. */
export function startPaymentService(options: ServiceOptions & { failureRate: number }): Promise<Service> {
  return startService(
    {
      name: 'payment-service',
      topic: COMMANDS.payment,
      commands: paymentCommands(options.failureRate),
      migrations: MIGRATIONS,
    },
    options,
  )
}
