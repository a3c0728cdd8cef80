-- Where a part of a reservation is given back, that part becomes a row of its own, which names the row that
-- it came from.
ALTER TABLE stock_reservations ADD COLUMN split_from text;
