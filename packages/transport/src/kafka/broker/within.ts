import { BrokerUnavailable } from '@assent/contract'

/** What work answers, or BrokerUnavailable when that takes longer. The work goes on, and nobody waits for it. */
export async function within<T>(ms: number, doing: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new BrokerUnavailable(`${doing}: no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
