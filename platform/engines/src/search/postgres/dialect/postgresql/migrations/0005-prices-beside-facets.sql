-- What a query looks at for each of thousands of matches, in the match's own row. A product's prices were
-- looked up in search_prices, which took longer than everything else: now a price list (market and currency)
-- is a number, as a facet's value is, and its prices stand at the same place of the other two arrays. The
-- numbers of the facets stand there as text too, to be counted by the process that asks.
-- search_prices stays: its key is walked for the newest products of a market.
-- Nothing is rewritten here: a row that is older than the columns, or was written by a process that does not
-- know them, is read as before. For a document copied_version tells, as it is updated in place.
ALTER TABLE search_documents
  ADD COLUMN copied_version int8,
  ADD COLUMN facet_text text,
  ADD COLUMN price_lists int4[],
  ADD COLUMN min_minors int8[],
  ADD COLUMN max_minors int8[];
ALTER TABLE search_texts
  ADD COLUMN facet_text text,
  ADD COLUMN price_lists int4[],
  ADD COLUMN min_minors int8[],
  ADD COLUMN max_minors int8[];
