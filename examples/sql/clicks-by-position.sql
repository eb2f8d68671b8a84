SELECT position,
  count(*) FILTER (type = 'impression') AS impressions,
  count(*) FILTER (type = 'click') AS clicks,
  clicks / nullif(impressions, 0) AS rate
FROM 'events.parquet'
WHERE automated IS NOT TRUE AND type IN ('impression', 'click') AND listId = 'home' AND position IS NOT NULL
GROUP BY position
ORDER BY position;
