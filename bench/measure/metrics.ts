/** What servers have counted since they began, several of them together. */
export interface StoreWork {
  /** Transactions accepted. */
  accepted: number
  /** Rows written, in how many commits. */
  rows: number
  commits: number
  /** Rows of these that found another version, and were not written. */
  conflicts: number
}

/** Reads `/metrics` of each. */
export async function storeWorkOf(urls: readonly string[]): Promise<StoreWork> {
  const texts = await Promise.all(urls.map(readMetrics))
  const sum = (name: string): number => texts.reduce((total, text) => total + metricIn(text, name), 0)
  return {
    accepted: sum('assent_transactions_accepted_total'),
    rows: sum('assent_store_commit_rows_sum'),
    commits: sum('assent_store_commit_rows_count'),
    conflicts: sum('assent_store_conflicts_total'),
  }
}

export async function readMetrics(url: string): Promise<string> {
  const answer = await fetch(`${url}/metrics`)
  if (!answer.ok) throw new Error(`${url}/metrics answered ${answer.status}`)
  return answer.text()
}

/** The value of a metric in Prometheus text, all its labels together; 0 where it was never counted. */
export function metricIn(text: string, name: string): number {
  let sum = 0
  for (const line of text.split('\n')) {
    const [series = '', value = ''] = line.split(' ')
    if (series === name || series.startsWith(`${name}{`)) sum += Number(value)
  }
  return sum
}
