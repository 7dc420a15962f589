/** Deals the cards in an order that chance chooses, each as often as it is there before any comes again. */
export function dealt<Card>(cards: readonly [Card, ...Card[]], chance: () => number): () => Card {
  let left: Card[] = []
  return () => {
    if (left.length === 0) left = [...cards]
    const [card] = left.splice(Math.floor(chance() * left.length), 1)
    return card ?? cards[0]
  }
}
