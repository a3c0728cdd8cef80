-- A cell keeps how far its consumers are; a batch that comes again is known by the inbox.
ALTER TABLE order_feeds DROP COLUMN ack;
