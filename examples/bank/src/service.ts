import type { RequestListener } from 'node:http'
import type { DatabaseSync } from 'node:sqlite'
import { type Barrier, nodeHandler } from 'assent/participant'
import { Bank } from './bank.ts'
import { Books } from './books.ts'
import { Desk } from './desk.ts'
import { InjectedFault } from './faults.ts'
import { MOVEMENTS, operationsOf } from './operations.ts'

/** What can't be read as an address is answered 404 like any that leads nowhere. */
const NOWHERE = new URL('http://bank/nowhere')

/** The bank's HTTP service. Money moves behind the barrier; the desk is for people and tests. */
export function bankService(
  name: string,
  database: DatabaseSync,
  barrier: Barrier<DatabaseSync>,
): RequestListener {
  const bank = new Bank(database)
  const moves = movesOf(name, bank, barrier)
  const desk = new Desk(name, bank, new Books(database), barrier)
  return (request, response) => {
    const url = URL.parse(`http://bank${request.url}`) ?? NOWHERE
    const move = request.method === 'POST' ? moves.get(url.pathname) : undefined
    void (move ? move(request, response) : desk.serve(url, request, response))
  }
}

/** An address for each operation, such as `/withdraw/compensate`: a call that went astray is answered 400. */
function movesOf(name: string, bank: Bank, barrier: Barrier<DatabaseSync>) {
  const operations = operationsOf(bank)
  const onError = (error: unknown) => {
    if (!(error instanceof InjectedFault)) console.error(`bank ${name}:`, error)
  }
  return new Map(
    MOVEMENTS.flatMap((movement) =>
      Object.entries(operations[movement]).map(([op, business]) => [
        `/${movement}/${op}`,
        nodeHandler({ barrier, operations: { [op]: business }, onError }),
      ]),
    ),
  )
}
