/** Nothing may be sent any more: the connection that the transaction was on is gone. */
export class ConnectionGone extends Error {
  override readonly name = 'ConnectionGone'

  constructor() {
    super('the connection was closed amid the transaction, of which nothing is kept')
  }
}

/**
 * A transaction of postgres.js that refuses whatever is asked of it once its connection is gone. The driver
 * itself would send it on the connection that takes its place, where it would be no part of a transaction.
 */
export function guarded<Transaction extends object>(
  transaction: Transaction,
  isGone: () => boolean,
): Transaction {
  const mustBeThere = () => {
    if (isGone()) throw new ConnectionGone()
  }
  return new Proxy(transaction, {
    apply: (target, self, given) => {
      mustBeThere()
      return Reflect.apply(target as () => unknown, self, given)
    },
    get: (target, name) => {
      const member = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...given: unknown[]) => {
        mustBeThere()
        return member.apply(target, name === 'savepoint' ? given.map((each) => within(each, isGone)) : given)
      }
    },
  })
}

/** What is run in a savepoint gets a transaction of its own. */
function within(work: unknown, isGone: () => boolean): unknown {
  if (typeof work !== 'function') return work
  return (transaction: object) => work(guarded(transaction, isGone))
}
