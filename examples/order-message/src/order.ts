/** What the order service writes into its books, and tells the stock service. */
export interface Order {
  id: string
  sku: string
  quantity: number
}
