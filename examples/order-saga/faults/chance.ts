/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededChance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Mostly short, at times long, and so much on average. */
export function exponential(chance: () => number, mean: number): number {
  return -Math.log(1 - chance()) * mean
}

/** Deals the cards in an order that chance chooses, each as often as it is there before any comes again. */
export function dealt<Card>(cards: readonly [Card, ...Card[]], chance: () => number): () => Card {
  let left: Card[] = []
  return () => {
    if (left.length === 0) left = [...cards]
    const [card] = left.splice(Math.floor(chance() * left.length), 1)
    return card ?? cards[0]
  }
}
