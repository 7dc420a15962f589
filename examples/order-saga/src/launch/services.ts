import { join } from 'node:path'

/** The three services, as whoever starts them knows them. */
export const SERVICES = [
  { name: 'order-service', script: servicePath('order'), port: 3001, database: 'orders' },
  { name: 'payment-service', script: servicePath('payment'), port: 3002, database: 'payments' },
  { name: 'inventory-service', script: servicePath('inventory'), port: 3003, database: 'inventory' },
] as const

export type ServiceName = (typeof SERVICES)[number]['name']
export type DatabaseName = (typeof SERVICES)[number]['database']

function servicePath(folder: string): string {
  return join(import.meta.dirname, '..', folder, 'main.ts')
}
