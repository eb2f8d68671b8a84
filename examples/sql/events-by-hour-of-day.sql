SELECT hour("at") AS hour, count(*) AS events, count(DISTINCT person) AS people
FROM 'events.parquet'
WHERE automated IS NOT TRUE
GROUP BY ALL
ORDER BY hour;
