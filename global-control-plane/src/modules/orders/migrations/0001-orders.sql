-- Summaries of orders as the cells' events tell them, without personal data.
CREATE TABLE order_summaries (
  order_id text PRIMARY KEY,
  order_group_id text NOT NULL,
  vendor_id text NOT NULL,
  cell_id text NOT NULL,
  partition text NOT NULL,
  epoch int8 NOT NULL,
  version int8 NOT NULL,
  state text NOT NULL,
  placed_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  -- JSON text of the event that told of the order.
  summary text NOT NULL
);
CREATE INDEX order_summaries_vendor ON order_summaries (vendor_id, placed_at, order_id);

-- Events that were taken in, so that a repeat is dropped.
CREATE TABLE order_inbox (
  event_id text PRIMARY KEY,
  received_at timestamptz NOT NULL
);
CREATE INDEX order_inbox_age ON order_inbox (received_at);

-- How far each cell's events were read.
CREATE TABLE order_feeds (
  cell_id text PRIMARY KEY,
  ack text,
  -- All that the cell had committed by then has been taken in.
  complete_as_of timestamptz,
  refused_events int8 NOT NULL
);
