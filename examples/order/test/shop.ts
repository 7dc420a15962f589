import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { barrierTable } from 'assent/participant'

/** How many lamps a new shop has. */
export const LAMPS = 100

/** What is in the databases of a shop, whoever else has them open. */
export function lookInto(folder: string) {
  const stock = new DatabaseSync(join(folder, 'stock.db'), { timeout: 5_000 })
  const post = new DatabaseSync(join(folder, 'post.db'), { timeout: 5_000 })
  stock.exec(barrierTable('sqlite'))
  return {
    lamps: () => Number(stock.prepare('SELECT quantity FROM articles').get()?.quantity),
    reserved: () =>
      Number(stock.prepare('SELECT coalesce(sum(quantity), 0) AS n FROM reservations').get()?.n),
    parcels: () => Number(post.prepare('SELECT count(*) AS n FROM parcels').get()?.n),
    reset() {
      stock.exec(
        `DELETE FROM reservations; DELETE FROM assent_barrier; UPDATE articles SET quantity = ${LAMPS}`,
      )
      post.exec('DELETE FROM parcels')
    },
    close() {
      stock.close()
      post.close()
    },
  }
}
