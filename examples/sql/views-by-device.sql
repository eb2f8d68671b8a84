SELECT coalesce(context ->> 'device', 'unknown') AS device, count(*) AS views, count(DISTINCT person) AS people
FROM 'events.parquet'
WHERE automated IS NOT TRUE AND type = 'view'
GROUP BY ALL
ORDER BY views DESC, device;
