-- How far the parcels of an order are, as its cell tells.
ALTER TABLE order_summaries ADD COLUMN fulfillment text NOT NULL DEFAULT 'unfulfilled';
