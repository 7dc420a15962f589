import { once } from 'node:events'
import { end, launch } from './launch.ts'
import type { Load, Seen } from './load.ts'

/** Customers, as many as `connections`, each of whom orders again when his order has ended. */
export interface OrdersLoad extends Load {
  url: string
  /** The database in which orders are, and where the load looks for their ends. */
  databaseUrl: string
}

export interface OrdersLoadProcess extends AsyncDisposable {
  pid: number
  /** An answer is the end of an order. Throws when an order was not taken. */
  run(load: OrdersLoad): Promise<Seen>
}

export async function startOrdersLoad(): Promise<OrdersLoadProcess> {
  const { child } = await launch('orders-load-process.ts')
  return {
    pid: child.pid ?? 0,
    async run(load) {
      child.send(load)
      const [{ seen, failed }] = (await once(child, 'message')) as [{ seen?: Seen; failed?: string }]
      if (seen === undefined) throw new Error(`the load process failed: ${failed}`)
      return seen
    },
    [Symbol.asyncDispose]: () => end(child),
  }
}
