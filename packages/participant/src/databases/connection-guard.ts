/** The call's transaction has ended: the connection may serve another by now. */
export class TransactionOver extends Error {
  override readonly name = 'TransactionOver'

  constructor() {
    super('the transaction is over: what a business function has begun must have ended when it does')
  }
}

/**
 * A connection of a pool, as a business function gets it, whose methods throw once `isOver`. A function that
 * has rejected may have left others at work, and what these sent would be kept by itself, or in the
 * transaction of another call.
 */
export function revocable<Connection>(connection: Connection, isOver: () => boolean): Connection {
  if (typeof connection !== 'object' || connection === null) return connection
  const guard: Connection & object = new Proxy(connection, {
    // Drivers' classes have private fields and getters, which know the connection itself only.
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function' || name === 'constructor') return member
      return (...given: unknown[]) => {
        if (isOver()) throw new TransactionOver()
        const answer = Reflect.apply(member, target, given)
        return answer === target ? guard : answer
      }
    },
    set: (target, name, value) => Reflect.set(target, name, value),
  })
  return guard
}
