-- Where the gateway sends the shopper after a challenge. It is part of what the gateway was asked for, so a
-- repetition must carry it too; forgotten as soon as the attempt has ended.
ALTER TABLE payment_attempts ADD COLUMN return_url text;
