import { COMMANDS } from '../messages/topics.ts'
import { type Service, type ServiceOptions, startService } from '../service/service.ts'
import { INVENTORY_COMMANDS } from './commands.ts'
import { MIGRATIONS } from './migrations.ts'

/** Reserves stock and releases it. */
export function startInventoryService(options: ServiceOptions): Promise<Service> {
  return startService(
    {
      name: 'inventory-service',
      topic: COMMANDS.inventory,
      commands: INVENTORY_COMMANDS,
      migrations: MIGRATIONS,
    },
    options,
  )
}
