import { OUTBOX_EVENTS, PROCESSED_COMMANDS } from '../service/tables.ts'

/** Run once each, in this order. What was run anywhere stays as it is: changes are added at the end. */
export const MIGRATIONS = [
  `
  CREATE TABLE payments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    order_id uuid NOT NULL UNIQUE,
    amount numeric(10, 2) NOT NULL CHECK (amount > 0),
    payment_method varchar(100) NOT NULL,
    status varchar(50) NOT NULL CHECK (status IN ('processed', 'refunded')),
    processed_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX payments_status ON payments (status)`,
  PROCESSED_COMMANDS,
  OUTBOX_EVENTS,
]
