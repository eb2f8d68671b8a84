SELECT coalesce(reaction, 'none') AS reaction,
  count(*) AS people,
  count(*) FILTER (saved) AS saved,
  count(*) FILTER (saved) / count(*) AS share
FROM 'feedback.parquet' AS feedback
GROUP BY ALL
ORDER BY reaction;
