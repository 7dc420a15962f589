/**
 * How many of the first `limit` of all belong to each list, where every list is in order and says what each of its
 * own is sorted by.
 */
export function sharesOf(lists: readonly (readonly string[])[], limit: number): number[] {
  const all = lists.flatMap((list, owner) => list.map((sorted) => ({ sorted, owner })))
  all.sort((one, other) => (one.sorted < other.sorted ? -1 : Number(one.sorted > other.sorted)))
  const shares = lists.map(() => 0)
  for (const { owner } of all.slice(0, limit)) shares[owner] = (shares[owner] as number) + 1
  return shares
}
