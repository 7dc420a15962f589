/** Chance that repeats: sfc32, seeded by a number and the name of what it is for. Not for secrets. */
export class Random {
  private a: number
  private b: number
  private c: number
  private counter = 1
  private readonly seed: number

  constructor(seed: number, purpose = '') {
    this.seed = seed
    let hash = (0x9e3779b9 ^ seed) >>> 0
    const mixed = (): number => {
      hash = (hash + 0x9e3779b9) >>> 0
      let mix = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad)
      mix = Math.imul(mix ^ (mix >>> 15), 0x735a2d97)
      return (mix ^ (mix >>> 15)) >>> 0
    }
    for (let index = 0; index < purpose.length; index++) {
      hash = Math.imul(hash ^ purpose.charCodeAt(index), 0x01000193) >>> 0
    }
    this.a = mixed()
    this.b = mixed()
    this.c = mixed()
    for (let round = 0; round < 12; round++) this.next()
  }

  /** Chance of its own for a part of the world, so that what one part draws does not move the others. */
  fork(purpose: string): Random {
    return new Random(this.seed, purpose)
  }

  /** From 0 up to, but without, 1. */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum
    return (sum >>> 0) / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  between(least: number, most: number): number {
    return least + (most - least) * this.next()
  }

  /** A whole number, both ends included. */
  whole(least: number, most: number): number {
    return least + Math.floor((most - least + 1) * this.next())
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(items.length * this.next())]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }

  /** One of the names, as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    let total = 0
    for (const name in weights) total += weights[name]
    let left = total * this.next()
    for (const name in weights) {
      left -= weights[name]
      if (left < 0) return name
    }
    throw new RangeError('nothing has a weight')
  }
}
