/** What goes on at each coordinator, so that a fault can tell whether it hit amid work. */
export class Traffic {
  readonly #underWay = new Map<string, number>()
  readonly #acknowledged = new Map<string, number>()

  /** Makes a request at this address; it counts as under way until it is answered or given up. */
  async through<Reply>(url: string, request: () => Promise<Reply>): Promise<Reply> {
    this.#underWay.set(url, (this.#underWay.get(url) ?? 0) + 1)
    try {
      return await request()
    } finally {
      this.#underWay.set(url, (this.#underWay.get(url) ?? 0) - 1)
    }
  }

  /** A 2xx came from this address. */
  acknowledged(url: string): void {
    this.#acknowledged.set(url, (this.#acknowledged.get(url) ?? 0) + 1)
  }

  underWayAt(urls: readonly string[]): number {
    return sum(this.#underWay, urls)
  }

  acknowledgedBy(urls: readonly string[]): number {
    return sum(this.#acknowledged, urls)
  }
}

function sum(counts: ReadonlyMap<string, number>, urls: readonly string[]): number {
  return urls.reduce((total, url) => total + (counts.get(url) ?? 0), 0)
}
