-- Price of a unit when it was put in, so that the shopper can be told that it has changed since.
ALTER TABLE cart_lines ADD COLUMN added_price_minor int8;
