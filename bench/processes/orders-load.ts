import { end, launch } from './launch.ts'
import { type Load, type Seen, seenBy } from './load.ts'

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
    run: (load) => seenBy(child, load),
    [Symbol.asyncDispose]: () => end(child),
  }
}
