import { OUTBOX_EVENTS, PROCESSED_COMMANDS } from '../service/tables.ts'

/** Run once each, in this order. What was run anywhere stays as it is: changes are added at the end. */
export const MIGRATIONS = [
  `
  CREATE TABLE inventory (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id uuid NOT NULL UNIQUE,
    available_quantity integer NOT NULL CHECK (available_quantity >= 0),
    reserved_quantity integer NOT NULL DEFAULT 0 CHECK (reserved_quantity >= 0),
    quantity integer GENERATED ALWAYS AS (available_quantity + reserved_quantity) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE reservations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id uuid NOT NULL REFERENCES inventory (product_id),
    order_id uuid NOT NULL UNIQUE,
    quantity integer NOT NULL CHECK (quantity > 0),
    status varchar(50) NOT NULL CHECK (status IN ('reserved', 'released')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX reservations_product ON reservations (product_id)`,
  PROCESSED_COMMANDS,
  OUTBOX_EVENTS,
  `
  INSERT INTO inventory (product_id, available_quantity) VALUES
    ('11111111-1111-1111-1111-111111111111', 100),
    ('22222222-2222-2222-2222-222222222222', 50),
    ('33333333-3333-3333-3333-333333333333', 25)`,
]
