import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { DeskCommand } from '../../test/command-desk.ts'
import { type Served, serve } from '../../test/served.ts'
import { COMMANDS, EVENTS } from '../messages/topics.ts'
import { startInventoryService } from './service.ts'

const LAMP = '11111111-1111-1111-1111-111111111111'
const AVAILABLE = 10

let service: Served
beforeAll(async () => {
  service = await serve(startInventoryService, COMMANDS.inventory)
})
afterAll(() => service?.[Symbol.asyncDispose]())
beforeEach(() =>
  service.pool.query(
    'UPDATE inventory SET available_quantity = $2, reserved_quantity = 0 WHERE product_id = $1',
    [LAMP, AVAILABLE],
  ),
)

function commandsOf(order_id: string, quantity: number, product_id = LAMP) {
  const command = { saga: order_id, step: 'inventory', payload: { order_id, product_id, quantity } }
  const reserve: DeskCommand = { ...command, command_type: 'ReserveInventory', op: 'action' }
  const release: DeskCommand = { ...command, command_type: 'CompensateInventory', op: 'compensate' }
  return { reserve, release }
}

const stock = async () =>
  (
    await service.pool.query(
      'SELECT available_quantity AS available, reserved_quantity AS reserved, quantity FROM inventory WHERE product_id = $1',
      [LAMP],
    )
  ).rows[0]

it('what was there at the beginning is there', async () => {
  const { rows } = await service.pool.query(
    'SELECT left(product_id::text, 4) AS id, quantity FROM inventory ORDER BY 1',
  )
  expect(rows).toEqual([
    { id: '1111', quantity: AVAILABLE },
    { id: '2222', quantity: 50 },
    { id: '3333', quantity: 25 },
  ])
})

it('what is reserved is not available, and is again when it is released', async () => {
  const order = randomUUID()
  const { reserve, release } = commandsOf(order, 3)
  const [reserved] = await service.desk.ask(reserve)
  expect(reserved).toMatchObject({ status: 'Success', result: { reserved: true, quantity: 3 } })
  expect(await stock()).toEqual({ available: AVAILABLE - 3, reserved: 3, quantity: AVAILABLE })
  const [released] = await service.desk.ask(release)
  expect(released).toMatchObject({ status: 'Compensated', result: { compensated: true } })
  expect(await stock()).toEqual({ available: AVAILABLE, reserved: 0, quantity: AVAILABLE })
  const { rows } = await service.pool.query('SELECT status FROM reservations WHERE order_id = $1', [order])
  expect(rows).toEqual([{ status: 'released' }])
  const told = () => service.broker.messages(EVENTS.inventory).filter(({ key }) => key === order)
  await expect.poll(() => told().length).toBe(2)
})

it('a product that there is not, and more than there is, are refused', async () => {
  const [unknown, tooMany] = await service.desk.ask(
    commandsOf(randomUUID(), 1, '99999999-9999-9999-9999-999999999999').reserve,
    commandsOf(randomUUID(), AVAILABLE + 1).reserve,
  )
  expect(unknown).toMatchObject({ status: 'Failed', error: 'Product not found' })
  expect(tooMany).toMatchObject({ status: 'Failed', error: 'Insufficient inventory' })
  expect(await stock()).toMatchObject({ available: AVAILABLE, reserved: 0 })
})

it('fifty orders at once for the last ten: ten get one each, the others none', async () => {
  const replies = await service.desk.ask(
    ...Array.from({ length: 50 }, () => commandsOf(randomUUID(), 1).reserve),
  )
  const failed = replies.filter(({ status }) => status === 'Failed')
  expect(replies.filter(({ status }) => status === 'Success')).toHaveLength(AVAILABLE)
  expect(new Set(failed.map(({ error }) => error))).toEqual(new Set(['Insufficient inventory']))
  expect(await stock()).toEqual({ available: 0, reserved: AVAILABLE, quantity: AVAILABLE })
})

it('commands that come twice reserve once and release once', async () => {
  const { reserve, release } = commandsOf(randomUUID(), 2)
  await service.desk.ask(reserve, reserve)
  expect(await stock()).toMatchObject({ available: AVAILABLE - 2, reserved: 2 })
  await service.desk.ask(release, release, reserve)
  expect(await stock()).toMatchObject({ available: AVAILABLE, reserved: 0 })
})

it('a reservation that comes behind its release holds nothing', async () => {
  const { reserve, release } = commandsOf(randomUUID(), 2)
  const [released, late] = await service.desk.ask(release, reserve)
  expect([released?.status, late?.status]).toEqual(['Compensated', 'Failed'])
  expect(await stock()).toMatchObject({ available: AVAILABLE, reserved: 0 })
})

it('in whatever order and however often commands come, stock adds up', async () => {
  service.broker.inject({ isOutOfOrder: true, twiceEvery: 3 })
  const kept = Array.from({ length: 4 }, () => commandsOf(randomUUID(), 1))
  const undone = Array.from({ length: 15 }, () => commandsOf(randomUUID(), 1))
  await service.desk.ask(
    ...undone.flatMap(({ reserve, release }) => [reserve, release, reserve]),
    ...kept.map(({ reserve }) => reserve),
  )
  service.broker.inject({ isOutOfOrder: false, twiceEvery: undefined })
  const { rows } = await service.pool.query(
    "SELECT count(*)::integer AS held FROM reservations WHERE status = 'reserved' AND order_id = ANY ($1)",
    [[...kept, ...undone].map(({ reserve }) => reserve.saga)],
  )
  const { available, reserved } = await stock()
  expect(reserved).toBe(rows[0].held)
  expect(available + reserved).toBe(AVAILABLE)
  expect(reserved).toBeLessThanOrEqual(kept.length)
})
