WITH ranked AS (
  SELECT count(*) AS views, row_number() OVER (ORDER BY count(*) DESC, imageId) - 1 AS rank, count(*) OVER () AS images
  FROM 'events.parquet'
  WHERE automated IS NOT TRUE AND type = 'view'
  GROUP BY imageId
)
SELECT (rank * 10 // images + 1) || '.' AS tenth, count(*) AS images, sum(views) AS views,
  sum(views) / sum(sum(views)) OVER () AS share
FROM ranked
GROUP BY rank * 10 // images
ORDER BY rank * 10 // images;
