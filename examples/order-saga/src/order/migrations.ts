import { OUTBOX_EVENTS, PROCESSED_COMMANDS } from '../service/tables.ts'
import { SAGA_TRANSACTIONS } from './saga-transactions.ts'

/** Run once each, in this order. What was run anywhere stays as it is: changes are added at the end. */
export const MIGRATIONS = [
  `
  CREATE TABLE orders (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL,
    product_id uuid NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    total_amount numeric(10, 2) NOT NULL CHECK (total_amount > 0),
    status varchar(50) NOT NULL CHECK (status IN ('created', 'approved', 'cancelled')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX orders_customer ON orders (customer_id);
  CREATE INDEX orders_newest ON orders (created_at, id);
  CREATE INDEX orders_newest_by_status ON orders (status, created_at, id)`,
  PROCESSED_COMMANDS,
  OUTBOX_EVENTS,
  SAGA_TRANSACTIONS,
]
