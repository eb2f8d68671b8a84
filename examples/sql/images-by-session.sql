WITH sessions AS (
  SELECT session, count(DISTINCT imageId) AS images
  FROM 'events.parquet'
  WHERE automated IS NOT TRUE AND session IS NOT NULL
  GROUP BY session
)
SELECT images, count(*) AS sessions
FROM sessions
GROUP BY images
ORDER BY images;
