-- Which evacuation fenced a partition here, and where it moves it. Kept apart from the partitions
-- themselves, as those rows are written with every commit.
CREATE TABLE partition_fences (
  partition text PRIMARY KEY,
  plan text NOT NULL,
  target text NOT NULL,
  fenced_at timestamptz NOT NULL
);
