SELECT imageId, coalesce(any_value(title), '') AS title, count(*) AS ratings, avg(rating) AS mean
FROM 'feedback.parquet' AS feedback JOIN 'images.parquet' AS images ON images.id = imageId
WHERE rating >= 1
GROUP BY imageId
HAVING ratings >= 3
ORDER BY mean DESC, ratings DESC, imageId
LIMIT 100;
