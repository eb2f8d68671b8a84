SELECT date_trunc('month', uploadedAt) AS month,
  count(*) AS uploads,
  count(*) FILTER (visibility = 'private') AS private
FROM 'images.parquet'
WHERE uploadedAt >= '2020-01-01'
GROUP BY month
ORDER BY month;
