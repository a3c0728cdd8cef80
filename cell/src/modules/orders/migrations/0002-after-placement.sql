-- What became of an order's units after it was placed, and how much of its money is spoken for by that.
ALTER TABLE orders ADD COLUMN fulfillment text NOT NULL DEFAULT 'unfulfilled';
ALTER TABLE orders ADD COLUMN paid_at timestamptz;
ALTER TABLE order_lines ADD COLUMN shipped_quantity int4 NOT NULL DEFAULT 0 CHECK (shipped_quantity >= 0);
ALTER TABLE order_lines ADD COLUMN canceled_quantity int4 NOT NULL DEFAULT 0 CHECK (canceled_quantity >= 0);
ALTER TABLE order_lines ADD COLUMN settled_minor int8 NOT NULL DEFAULT 0 CHECK (settled_minor >= 0);
ALTER TABLE order_lines ADD COLUMN settled_tax_minor int8 NOT NULL DEFAULT 0 CHECK (settled_tax_minor >= 0);
ALTER TABLE order_lines ADD CONSTRAINT order_lines_units
  CHECK (shipped_quantity + canceled_quantity <= quantity);
ALTER TABLE order_lines ADD CONSTRAINT order_lines_settled
  CHECK (settled_minor <= total_minor AND settled_tax_minor <= tax_minor);
